//! Connections to targets are kept, reused and let go.

use std::time::{Duration, Instant};

use sandbox::balancer::TargetState;
use tokio::sync::mpsc;

use crate::scripted::{OK, Scripted};
use crate::stage::{Settings, Stage, calm, target};

#[tokio::test]
async fn one_connection_carries_many_requests_of_many_clients() {
    let server = Scripted::well_behaved().await;
    let stage = Stage::with(server.address).await;
    for _ in 0..20 {
        assert_eq!(stage.get("/").await.status, 200);
    }
    assert_eq!(server.connections(), 1);
    assert_eq!(stage.tally().connections, 1);
    assert_eq!(stage.tally().requests, 20);
}

#[tokio::test]
async fn a_target_that_asks_to_close_is_heeded_and_the_client_does_not_notice() {
    let server = Scripted::start(|mut peer, _| async move {
        peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")
            .await;
        peer.hold().await;
    })
    .await;
    let stage = Stage::with(server.address).await;
    let mut client = stage.client().await;
    for _ in 0..3 {
        let seen = client.get("/").await;
        assert_eq!(seen.status, 200);
        assert_eq!(seen.header("connection"), None, "{}", seen.head);
    }
    assert_eq!(server.connections(), 3);
}

#[tokio::test]
async fn a_connection_found_closed_is_not_used() {
    let (closed, mut endings) = mpsc::unbounded_channel();
    let server = Scripted::start(move |mut peer, _| {
        let closed = closed.clone();
        async move {
            peer.send(OK).await;
            drop(peer);
            // The test may be over already.
            let _ = closed.send(());
        }
    })
    .await;
    let stage = Stage::with(server.address).await;
    for _ in 0..3 {
        assert_eq!(stage.get("/").await.status, 200);
        endings.recv().await.expect("the target closes");
        // The end has left the target; the balancer's runtime is this one, and sees it on its next turn.
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(server.connections(), 3);
}

#[tokio::test]
async fn an_idle_connection_is_closed_after_the_idle_timeout() {
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
    let lived = endings.recv().await.expect("the balancer closes");
    assert!(lived >= settings.idle_timeout, "closed after {lived:?}");
}

#[tokio::test]
async fn an_idle_client_is_closed_after_the_idle_timeout() {
    let server = Scripted::well_behaved().await;
    let settings = Settings {
        idle_timeout: Duration::from_millis(300),
        ..calm()
    };
    let healthy = target("i-1", server.address, TargetState::Healthy);
    let stage = Stage::new(settings, vec![healthy]).await;
    let mut client = stage.client().await;
    assert_eq!(client.get("/").await.status, 200);
    let answered = Instant::now();
    assert!(client.closed().await);
    assert!(answered.elapsed() >= Duration::from_millis(200));
}
