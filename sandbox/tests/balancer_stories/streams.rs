//! Bodies pass through as they come, in both directions.

use std::sync::Arc;
use std::time::Duration;

use sandbox::balancer::{Cause, TargetState};
use tokio::sync::Notify;

use crate::scripted::{OK, Scripted};
use crate::stage::{Settings, Stage, calm, eventually, target};

#[tokio::test]
async fn the_first_bytes_reach_the_client_before_the_last_are_written() {
    let go = Arc::new(Notify::new());
    let told = Arc::clone(&go);
    let server = Scripted::start(move |mut peer, _| {
        let told = Arc::clone(&told);
        async move {
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf")
                .await;
            told.notified().await;
            peer.send("more").await;
            peer.hold().await;
        }
    })
    .await;
    let stage = Stage::with(server.address).await;
    let mut client = stage.client().await;
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!(client.head().await.status, 200);
    assert!(client.at_least(4).await);
    go.notify_one();
    assert!(client.at_least(8).await);
}

#[tokio::test]
async fn the_first_bytes_reach_the_target_before_the_last_are_sent() {
    let got_half = Arc::new(Notify::new());
    let signal = Arc::clone(&got_half);
    let server = Scripted::start(move |mut peer, head| {
        let signal = Arc::clone(&signal);
        async move {
            assert!(head.to_ascii_lowercase().contains("content-length: 8"));
            for _ in 0..4 {
                peer.byte().await;
            }
            signal.notify_one();
            for _ in 0..4 {
                peer.byte().await;
            }
            peer.send(OK).await;
            peer.hold().await;
        }
    })
    .await;
    let stage = Stage::with(server.address).await;
    let mut client = stage.client().await;
    client
        .send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\nhalf")
        .await;
    got_half.notified().await;
    client.send("more").await;
    assert_eq!(client.answer().await.status, 200);
}

#[tokio::test]
async fn a_client_that_stalls_in_its_body_gets_408() {
    let server = Scripted::start(|peer, _| peer.hold()).await;
    let settings = Settings {
        idle_timeout: Duration::from_millis(200),
        ..calm()
    };
    let healthy = target("i-1", server.address, TargetState::Healthy);
    let stage = Stage::new(settings, vec![healthy]).await;
    let mut client = stage.client().await;
    client
        .send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\nhalf")
        .await;
    assert_eq!(client.answer().await.status, 408);
    stage.failed_only_for(Cause::ClientStalled);
}

#[tokio::test]
async fn a_malformed_body_is_the_clients_fault() {
    let server = Scripted::start(|peer, _| peer.hold()).await;
    let stage = Stage::with(server.address).await;
    let mut client = stage.client().await;
    client
        .send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
        .await;
    assert_eq!(client.answer().await.status, 400);
    stage.failed_only_for(Cause::BadRequest);
}

#[tokio::test]
async fn a_client_that_leaves_in_its_body_is_no_target_error() {
    let server = Scripted::start(|peer, _| peer.hold()).await;
    let stage = Stage::with(server.address).await;
    let mut client = stage.client().await;
    client
        .send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\nhalf")
        .await;
    eventually("the request at the target", || server.connections() == 1).await;
    drop(client);
    eventually("the abort counted", || stage.tally().client_aborts == 1).await;
    assert!(stage.tally().failures.is_empty(), "{:?}", stage.tally());
}

#[tokio::test]
async fn an_early_answer_survives_the_rest_of_its_upload() {
    let server = Scripted::start(|mut peer, _| async move {
        peer.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno")
            .await;
    })
    .await;
    let stage = Stage::with(server.address).await;
    let mut client = stage.client().await;
    client
        .send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
        .await;
    client.end_arrives().await;
    for _ in 0..10 {
        client.send(&"x".repeat(100_000)).await;
    }
    let seen = client.answer().await;
    assert_eq!((seen.status, seen.body.as_str()), (413, "no"));
    assert_eq!(seen.header("connection"), Some("close"));
}

#[tokio::test]
async fn an_answer_that_ends_in_trailers_is_complete() {
    let server = Scripted::saying(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n1\r\nd\r\n0\r\nX-T: 1\r\n\r\n",
    )
    .await;
    let stage = Stage::with(server.address).await;
    for _ in 0..3 {
        let mut client = stage.client().await;
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        assert_eq!(client.head().await.status, 200);
        assert!(client.starts_with("1\r\nd\r\n0\r\n").await);
        eventually("its connection pooled", || stage.tally().connections == 1).await;
    }
    assert_eq!(stage.tally().client_aborts, 0);
}

#[tokio::test]
async fn an_upload_that_ends_in_trailers_is_complete() {
    let server = Scripted::start(|peer, _| peer.hold()).await;
    let settings = Settings {
        idle_timeout: Duration::from_millis(300),
        ..calm()
    };
    let healthy = target("i-1", server.address, TargetState::Healthy);
    let stage = Stage::new(settings, vec![healthy]).await;
    let mut client = stage.client().await;
    client
        .send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nd\r\n0\r\nX-T: 1\r\n\r\n")
        .await;
    let seen = client.answer().await;
    assert_eq!((seen.status, seen.header("connection")), (504, None));
    stage.failed_only_for(Cause::AnswerTimeout);
}
