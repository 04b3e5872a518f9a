//! Deregistration: what is in flight may finish, up to the end of the delay and not a moment longer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sandbox::balancer::{Cause, TargetState};
use tokio::sync::{Notify, mpsc};

use crate::scripted::{OK, Scripted};
use crate::stage::{Settings, Stage, calm, draining, eventually, target};

const HALF: &str = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf";
const REQUEST: &str = "GET / HTTP/1.1\r\nHost: example.test\r\n\r\n";
const DELAY: Duration = Duration::from_millis(250);

/// Answers only when told to.
async fn patient() -> (Scripted, Arc<Notify>) {
    let go = Arc::new(Notify::new());
    let told = Arc::clone(&go);
    let server = Scripted::start(move |mut peer, _| {
        let told = Arc::clone(&told);
        async move {
            told.notified().await;
            peer.send(OK).await;
            peer.hold().await;
        }
    })
    .await;
    (server, go)
}

#[tokio::test]
async fn a_request_in_flight_finishes_while_the_target_drains() {
    let (server, go) = patient().await;
    let stage = Stage::with(server.address).await;
    let mut client = stage.client().await;
    client.send(REQUEST).await;
    eventually("the request at the target", || server.connections() == 1).await;
    stage.set(vec![draining(
        "i-1",
        server.address,
        Duration::from_hours(1),
    )]);
    while stage.get("/").await.status != 503 {}
    go.notify_one();
    let seen = client.answer().await;
    assert_eq!((seen.status, seen.complete), (200, true));
}

#[tokio::test]
async fn a_request_beyond_the_delay_is_502() {
    let (server, _go) = patient().await;
    let stage = Stage::with(server.address).await;
    let mut client = stage.client().await;
    client.send(REQUEST).await;
    eventually("the request at the target", || server.connections() == 1).await;
    let deregistered = Instant::now();
    stage.set(vec![draining("i-1", server.address, DELAY)]);
    let seen = client.answer().await;
    assert_eq!(seen.status, 502);
    assert!(deregistered.elapsed() >= DELAY);
    stage.failed_only_for(Cause::DrainCut);
}

#[tokio::test]
async fn a_body_beyond_the_delay_is_cut() {
    let server = Scripted::start(|mut peer, _| async move {
        peer.send(HALF).await;
        peer.hold().await;
    })
    .await;
    let stage = Stage::with(server.address).await;
    let mut client = stage.client().await;
    client.send(REQUEST).await;
    assert_eq!(client.head().await.status, 200);
    assert!(client.at_least(4).await);
    stage.set(vec![draining("i-1", server.address, DELAY)]);
    assert!(client.closed().await);
    stage.failed_only_for(Cause::BodyDrainCut);
}

#[tokio::test]
async fn a_target_that_leaves_the_set_without_draining_is_cut_at_once() {
    let (server, _go) = patient().await;
    let stage = Stage::with(server.address).await;
    let mut client = stage.client().await;
    client.send(REQUEST).await;
    eventually("the request at the target", || server.connections() == 1).await;
    stage.set(Vec::new());
    assert_eq!(client.answer().await.status, 502);
    stage.failed_only_for(Cause::DrainCut);
}

#[tokio::test]
async fn a_target_that_dies_while_draining_is_502() {
    let go = Arc::new(Notify::new());
    let told = Arc::clone(&go);
    let server = Scripted::start(move |peer, _| {
        let told = Arc::clone(&told);
        async move {
            told.notified().await;
            peer.reset();
        }
    })
    .await;
    let stage = Stage::with(server.address).await;
    let mut client = stage.client().await;
    client.send(REQUEST).await;
    eventually("the request at the target", || server.connections() == 1).await;
    stage.set(vec![draining(
        "i-1",
        server.address,
        Duration::from_hours(1),
    )]);
    go.notify_one();
    assert_eq!(client.answer().await.status, 502);
    stage.failed_only_for(Cause::Reset);
}

#[tokio::test]
async fn a_target_registered_again_after_its_delay_serves_again() {
    let server = Scripted::well_behaved().await;
    let stage = Stage::with(server.address).await;
    let mut client = stage.client().await;
    stage.set(vec![draining("i-1", server.address, Duration::ZERO)]);
    while client.get("/").await.status != 503 {}
    stage.set(vec![target("i-1", server.address, TargetState::Healthy)]);
    while client.get("/").await.status == 503 {}
    assert_eq!(client.get("/").await.status, 200);
}

/// Nothing may rely on a balancer that closes politely: the connection stays until its idle timeout.
#[tokio::test]
async fn idle_connections_outlive_the_target_until_their_idle_timeout() {
    let (closed, mut endings) = mpsc::unbounded_channel();
    let server = Scripted::start(move |mut peer, _| {
        let closed = closed.clone();
        async move {
            let answered = Instant::now();
            peer.send(OK).await;
            peer.hold().await;
            // The test may be over already.
            let _ = closed.send(answered.elapsed());
        }
    })
    .await;
    let settings = Settings {
        idle_timeout: Duration::from_millis(300),
        ..calm()
    };
    let healthy = target("i-1", server.address, TargetState::Healthy);
    let stage = Stage::new(settings, vec![healthy]).await;
    assert_eq!(stage.get("/").await.status, 200);
    stage.set(vec![draining("i-1", server.address, Duration::ZERO)]);
    while stage.get("/").await.status != 503 {}
    stage.set(Vec::new());
    let lived = endings
        .recv()
        .await
        .expect("the balancer closes in the end");
    assert!(lived >= settings.idle_timeout, "closed after {lived:?}");
}
