//! Clients that do not read what they asked for: no deadline waits for them.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use sandbox::balancer::{Cause, TargetState};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use crate::scripted::Scripted;
use crate::stage::{Settings, Stage, calm, draining, eventually, target};

const REQUEST: &str = "GET / HTTP/1.1\r\nHost: example.test\r\n\r\n";
const IDLE: Duration = Duration::from_millis(400);

/// Sends a body without end, and tells when the balancer has closed the connection.
async fn endless() -> (Scripted, mpsc::UnboundedReceiver<()>) {
    let (closed, closings) = mpsc::unbounded_channel();
    let server = Scripted::start(move |mut peer, _| {
        let closed = closed.clone();
        async move {
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n")
                .await;
            let bytes = vec![b'x'; 64 * 1024];
            while peer.stream.write_all(&bytes).await.is_ok() {}
            // The test may be over already.
            let _ = closed.send(());
        }
    })
    .await;
    (server, closings)
}

fn hasty() -> Settings {
    Settings {
        idle_timeout: IDLE,
        ..calm()
    }
}

#[tokio::test]
async fn a_client_that_reads_nothing_is_closed_after_the_idle_timeout() {
    let (server, mut closings) = endless().await;
    let healthy = target("i-1", server.address, TargetState::Healthy);
    let stage = Stage::new(hasty(), vec![healthy]).await;
    let mut client = stage.client().await;
    client.send(REQUEST).await;
    assert_eq!(client.head().await.status, 200);
    closings.recv().await.expect("the target is free");
    stage.failed_only_for(Cause::ClientStopped);
    assert_eq!(stage.tally().client_aborts, 0);
    assert!(client.ends().await);
}

#[tokio::test]
async fn a_client_that_leaves_the_end_unread_is_closed_too() {
    // The target is done with it; what is left is in the balancer.
    let server = Scripted::start(|mut peer, _| async move {
        let body = "x".repeat(40_000_000);
        let length = body.len();
        peer.send(&format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}"
        ))
        .await;
        peer.hold().await;
    })
    .await;
    let healthy = target("i-1", server.address, TargetState::Healthy);
    let stage = Stage::new(hasty(), vec![healthy]).await;
    let mut client = stage.client().await;
    client.send(REQUEST).await;
    assert_eq!(client.head().await.status, 200);
    eventually("the standstill counted", || {
        !stage.tally().failures.is_empty()
    })
    .await;
    stage.failed_only_for(Cause::ClientStopped);
}

#[tokio::test]
async fn a_client_that_reads_slowly_is_left_alone() {
    let (server, _closings) = endless().await;
    let healthy = target("i-1", server.address, TargetState::Healthy);
    let stage = Stage::new(hasty(), vec![healthy]).await;
    let mut client = stage.slow_client().await;
    client.send(REQUEST).await;
    assert_eq!(client.head().await.status, 200);
    // A fraction of what the sockets hold in each idle timeout, for several of them.
    for piece in 1..=12 {
        tokio::time::sleep(IDLE / 3).await;
        assert!(client.at_least(piece * 60_000).await, "cut at {piece}");
    }
    assert!(stage.tally().failures.is_empty(), "{:?}", stage.tally());
}

#[tokio::test]
async fn the_end_of_the_deregistration_delay_waits_for_no_reader() {
    let (server, mut closings) = endless().await;
    let stage = Stage::with(server.address).await;
    let mut client = stage.client().await;
    client.send(REQUEST).await;
    assert_eq!(client.head().await.status, 200);
    stage.set(vec![draining("i-1", server.address, IDLE)]);
    closings.recv().await.expect("the target is free");
    stage.failed_only_for(Cause::BodyDrainCut);
    assert!(client.ends().await);
}

#[tokio::test]
async fn a_stream_without_a_window_is_reset_and_no_other() {
    let (server, mut closings) = endless().await;
    let healthy = target("i-1", server.address, TargetState::Healthy);
    let stage = Stage::new(hasty(), vec![healthy]).await;
    let stream = TcpStream::connect(stage.address).await.expect("a balancer");
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
        .await
        .expect("HTTP/2");
    tokio::spawn(connection);
    let get = || {
        Request::get("http://example.test/")
            .body(Empty::<Bytes>::new())
            .expect("a request")
    };
    let unread = sender.send_request(get()).await.expect("an answer");
    closings.recv().await.expect("the target is free");
    stage.failed_only_for(Cause::ClientStopped);
    assert!(unread.into_body().collect().await.is_err());
    stage.set(Vec::new());
    let next = sender.send_request(get()).await.expect("an answer");
    assert_eq!(next.status(), 503);
}

#[tokio::test]
async fn a_target_that_takes_no_upload_is_504() {
    let server = Scripted::start(|peer, _| async move {
        let _peer = peer;
        std::future::pending::<()>().await;
    })
    .await;
    let healthy = target("i-1", server.address, TargetState::Healthy);
    let stage = Stage::new(hasty(), vec![healthy]).await;
    let client = stage.client().await;
    let seen = client
        .uploads("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000000\r\n\r\n")
        .await;
    assert!(seen.starts_with("HTTP/1.1 504 "), "{seen}");
    stage.failed_only_for(Cause::AnswerTimeout);
}
