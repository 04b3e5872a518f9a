//! What the balancer refuses by itself, by cause.

use std::time::Duration;

use sandbox::balancer::{Cause, TargetState};

use crate::scripted::Scripted;
use crate::stage::{Settings, Stage, calm, eventually, target};

/// Sends bytes and takes the answer.
async fn said(stage: &Stage, bytes: &str) -> u16 {
    let mut client = stage.client().await;
    client.send(bytes).await;
    client.head().await.status
}

#[tokio::test]
async fn what_is_not_http_is_400() {
    let server = Scripted::well_behaved().await;
    let stage = Stage::with(server.address).await;
    assert_eq!(said(&stage, "nonsense\r\n\r\n").await, 400);
    eventually("the refusal counted", || !stage.tally().failures.is_empty()).await;
    stage.failed_only_for(Cause::BadRequest);
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn two_hosts_are_400() {
    let server = Scripted::well_behaved().await;
    let stage = Stage::with(server.address).await;
    let asked = "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n";
    assert_eq!(said(&stage, asked).await, 400);
    stage.failed_only_for(Cause::BadRequest);
}

#[tokio::test]
async fn a_version_that_there_is_not_is_505() {
    let server = Scripted::well_behaved().await;
    let stage = Stage::with(server.address).await;
    let mut client = stage.client().await;
    client.send("GET / HTTP/3.0\r\nHost: a\r\n\r\n").await;
    let seen = client.answer().await;
    assert_eq!(seen.status, 505);
    assert!(seen.has("server: awselb/2.0") && seen.has("connection: close"));
    assert!(client.closed().await);
    stage.failed_only_for(Cause::BadVersion);
}

#[tokio::test]
async fn a_coding_that_it_cannot_undo_is_501() {
    let server = Scripted::well_behaved().await;
    let stage = Stage::with(server.address).await;
    let asked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n";
    assert_eq!(said(&stage, asked).await, 501);
    stage.failed_only_for(Cause::UnknownCoding);
}

#[tokio::test]
async fn more_than_thirty_forwarders_are_463() {
    let server = Scripted::well_behaved().await;
    let stage = Stage::with(server.address).await;
    let chain = vec!["10.0.0.1"; 31].join(", ");
    let asked = format!("GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: {chain}\r\n\r\n");
    assert_eq!(said(&stage, &asked).await, 463);
    stage.failed_only_for(Cause::TooManyForwarded);
    assert_eq!(server.connections(), 0);
}

fn hasty() -> Settings {
    Settings {
        idle_timeout: Duration::from_millis(200),
        ..calm()
    }
}

#[tokio::test]
async fn half_a_request_line_is_408() {
    let stage = Stage::new(hasty(), Vec::new()).await;
    assert_eq!(said(&stage, "GET /").await, 408);
    stage.failed_only_for(Cause::ClientStalled);
}

#[tokio::test]
async fn half_a_head_is_408() {
    let stage = Stage::new(hasty(), Vec::new()).await;
    assert_eq!(said(&stage, "GET / HTTP/1.1\r\nHost: a\r\n").await, 408);
    stage.failed_only_for(Cause::ClientStalled);
}

#[tokio::test]
async fn half_a_head_of_a_later_request_is_408() {
    let server = Scripted::well_behaved().await;
    let healthy = target("i-1", server.address, TargetState::Healthy);
    let stage = Stage::new(hasty(), vec![healthy]).await;
    let mut client = stage.client().await;
    assert_eq!(client.get("/").await.status, 200);
    client.send("GET / HTTP/1.1\r\n").await;
    assert_eq!(client.answer().await.status, 408);
    stage.failed_only_for(Cause::ClientStalled);
}

#[tokio::test]
async fn a_client_that_never_says_anything_is_closed_without_a_word() {
    let stage = Stage::new(hasty(), Vec::new()).await;
    assert!(stage.client().await.closed().await);
    assert!(stage.tally().failures.is_empty());
}

#[tokio::test]
async fn an_old_connection_is_closed_after_one_more_request() {
    let server = Scripted::well_behaved().await;
    let settings = Settings {
        client_keep_alive: Duration::ZERO,
        ..calm()
    };
    let healthy = target("i-1", server.address, TargetState::Healthy);
    let stage = Stage::new(settings, vec![healthy]).await;
    let mut client = stage.client().await;
    let seen = client.get("/").await;
    assert_eq!(
        (seen.status, seen.header("connection")),
        (200, Some("close"))
    );
    assert!(client.closed().await);
}

#[tokio::test]
async fn many_headers_are_no_reason_to_refuse() {
    let server = Scripted::well_behaved().await;
    let stage = Stage::with(server.address).await;
    let many: Vec<String> = (0..300).map(|n| format!("X-{n}: 1\r\n")).collect();
    let asked = format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", many.concat());
    assert_eq!(said(&stage, &asked).await, 200);
}

#[tokio::test]
async fn trace_is_405_and_connect_400() {
    let server = Scripted::well_behaved().await;
    let stage = Stage::with(server.address).await;
    assert_eq!(
        said(&stage, "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n").await,
        405
    );
    stage.failed_only_for(Cause::BadMethod);
    let stage = Stage::with(server.address).await;
    let connect = "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n";
    assert_eq!(said(&stage, connect).await, 400);
    stage.failed_only_for(Cause::BadRequest);
    assert_eq!(server.connections(), 0);
}

/// The client's status and what is counted are the same, and the page is the balancer's, however large the head.
#[tokio::test]
async fn the_status_is_the_one_that_is_counted() {
    let server = Scripted::well_behaved().await;
    let lines = |many: usize, size: usize| format!("X-A: {}\r\n", "a".repeat(size)).repeat(many);
    let head = |path: usize, headers: &str| {
        let path = "a".repeat(path);
        format!("GET /{path} HTTP/1.1\r\nHost: a\r\n{headers}\r\n")
    };
    for (asked, cause) in [
        (head(17_000, ""), Cause::UriTooLong),
        (head(70_000, ""), Cause::UriTooLong),
        (head(200_000, ""), Cause::UriTooLong),
        (head(1, &lines(7, 10_000)), Cause::HeaderTooLarge),
        (head(1, &lines(20, 10_000)), Cause::HeaderTooLarge),
        (head(1, "X : a\r\n"), Cause::BadRequest),
    ] {
        let stage = Stage::with(server.address).await;
        let mut client = stage.client().await;
        client.send(&asked).await;
        let seen = client.answer().await;
        assert_eq!(Some(seen.status), cause.status().map(|s| s.as_u16()));
        assert!(seen.has("server: awselb/2.0"), "{}", seen.head);
        stage.failed_only_for(cause);
    }
}

/// What hyper says by itself is kept back on a connection that has carried answers, too, and no answer is.
#[tokio::test]
async fn what_follows_an_answer_is_refused_as_well() {
    let server = Scripted::well_behaved().await;
    let stage = Stage::with(server.address).await;
    let mut client = stage.client().await;
    for _ in 0..3 {
        assert_eq!(client.get("/").await.body, "ok");
    }
    client.send("nonsense\r\n\r\n").await;
    let seen = client.answer().await;
    assert_eq!(seen.status, 400);
    assert!(seen.has("server: awselb/2.0"), "{}", seen.head);
    assert!(client.closed().await);
}

#[tokio::test]
async fn a_head_may_take_its_time_while_it_moves() {
    let server = Scripted::well_behaved().await;
    let healthy = target("i-1", server.address, TargetState::Healthy);
    let stage = Stage::new(hasty(), vec![healthy]).await;
    let mut client = stage.client().await;
    for _ in 0..2 {
        for piece in [
            "GET",
            " / HTTP",
            "/1.1\r\nHo",
            "st: a",
            "\r\nX: y\r\n",
            "\r\n",
        ] {
            tokio::time::sleep(hasty().idle_timeout / 2).await;
            client.send(piece).await;
        }
        assert_eq!(client.answer().await.status, 200);
    }
}

#[tokio::test]
async fn a_tls_handshake_is_400_at_once() {
    let stage = Stage::new(calm(), Vec::new()).await;
    let mut client = stage.client().await;
    client.send("\u{16}\u{3}\u{1}\u{0}\u{5}hello").await;
    assert_eq!(client.answer().await.status, 400);
    stage.failed_only_for(Cause::BadRequest);
}
