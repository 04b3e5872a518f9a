//! Everything a target can do wrong before and in its response, and that no one makes up for it.

use std::time::Duration;

use sandbox::balancer::{Cause, TargetState};
use socket2::{Domain, Socket, Type};
use tokio::net::{TcpListener, TcpStream};

use crate::scripted::{OK, Scripted};
use crate::stage::{Settings, Stage, calm, eventually, target};

#[tokio::test]
async fn a_refused_connection_is_502() {
    let unused = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = unused.local_addr().expect("an address");
    drop(unused);
    let stage = Stage::with(address).await;
    let seen = stage.get("/").await;
    assert_eq!(seen.status, 502);
    assert!(seen.has("server: awselb/2.0"), "{}", seen.head);
    stage.failed_only_for(Cause::Refused);
}

#[tokio::test]
async fn a_reset_before_the_response_is_502() {
    let server = Scripted::start(|peer, _| async move { peer.reset() }).await;
    let stage = Stage::with(server.address).await;
    assert_eq!(stage.get("/").await.status, 502);
    stage.failed_only_for(Cause::Reset);
}

#[tokio::test]
async fn an_end_before_the_response_is_502() {
    let server = Scripted::start(|peer, _| async move { drop(peer) }).await;
    let stage = Stage::with(server.address).await;
    assert_eq!(stage.get("/").await.status, 502);
    stage.failed_only_for(Cause::Eof);
}

#[tokio::test]
async fn an_end_inside_the_head_is_502() {
    let server = Scripted::start(|mut peer, _| async move {
        peer.send("HTTP/1.1 200 OK\r\nContent-Le").await;
    })
    .await;
    let stage = Stage::with(server.address).await;
    assert_eq!(stage.get("/").await.status, 502);
    stage.failed_only_for(Cause::Eof);
}

#[tokio::test]
async fn what_is_not_http_is_502() {
    let server = Scripted::saying("220 mail.example.test ESMTP\r\n\r\n").await;
    let stage = Stage::with(server.address).await;
    assert_eq!(stage.get("/").await.status, 502);
    stage.failed_only_for(Cause::Malformed);
}

#[tokio::test]
async fn a_head_beyond_32_kib_is_502() {
    let server = Scripted::start(|mut peer, _| async move {
        let long = "a".repeat(33 * 1024);
        peer.send(&format!(
            "HTTP/1.1 200 OK\r\nX-Long: {long}\r\nContent-Length: 0\r\n\r\n"
        ))
        .await;
        peer.hold().await;
    })
    .await;
    let stage = Stage::with(server.address).await;
    assert_eq!(stage.get("/").await.status, 502);
    stage.failed_only_for(Cause::Malformed);
}

#[tokio::test]
async fn a_head_without_end_is_502() {
    let server = Scripted::start(|mut peer, _| async move {
        peer.send("HTTP/1.1 200 OK\r\n").await;
        for _ in 0..100_000 {
            peer.send("X-More: and more\r\n").await;
        }
        peer.hold().await;
    })
    .await;
    let stage = Stage::with(server.address).await;
    assert_eq!(stage.get("/").await.status, 502);
    stage.failed_only_for(Cause::Malformed);
}

#[tokio::test]
async fn a_body_cut_short_is_cut_short_for_the_client() {
    let server = Scripted::start(|mut peer, _| async move {
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
            .await;
    })
    .await;
    let stage = Stage::with(server.address).await;
    let mut client = stage.client().await;
    let seen = client.get("/").await;
    assert_eq!((seen.status, seen.complete), (200, false));
    assert_eq!(seen.body, "half");
    stage.failed_only_for(Cause::BodyCut);
}

#[tokio::test]
async fn chunks_cut_short_never_get_their_last_one() {
    let server = Scripted::start(|mut peer, _| async move {
        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")
            .await;
        peer.reset();
    })
    .await;
    let stage = Stage::with(server.address).await;
    let seen = stage.get("/").await;
    assert_eq!((seen.status, seen.complete), (200, false));
    stage.failed_only_for(Cause::BodyCut);
}

#[tokio::test]
async fn silence_instead_of_a_response_is_504() {
    let server = Scripted::start(|peer, _| peer.hold()).await;
    let settings = Settings {
        idle_timeout: Duration::from_millis(200),
        ..calm()
    };
    let healthy = target("i-1", server.address, TargetState::Healthy);
    let stage = Stage::new(settings, vec![healthy]).await;
    assert_eq!(stage.get("/").await.status, 504);
    stage.failed_only_for(Cause::AnswerTimeout);
}

#[tokio::test]
async fn a_body_that_stalls_is_cut_after_the_idle_timeout() {
    let server = Scripted::start(|mut peer, _| async move {
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
            .await;
        peer.hold().await;
    })
    .await;
    let settings = Settings {
        idle_timeout: Duration::from_millis(200),
        ..calm()
    };
    let healthy = target("i-1", server.address, TargetState::Healthy);
    let stage = Stage::new(settings, vec![healthy]).await;
    let seen = stage.get("/").await;
    assert_eq!((seen.status, seen.complete), (200, false));
    stage.failed_only_for(Cause::BodyStalled);
}

/// The kernel drops the handshake of whoever finds a backlog full.
#[tokio::test]
async fn a_connection_that_does_not_come_about_is_504() {
    let deaf = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    let any = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    deaf.bind(&any.into()).expect("a free port");
    deaf.listen(0).expect("listens");
    let address = deaf
        .local_addr()
        .expect("an address")
        .as_socket()
        .expect("an IP address");
    let mut queued = Vec::new();
    while let Ok(connected) =
        tokio::time::timeout(Duration::from_millis(100), TcpStream::connect(address)).await
    {
        queued.push(connected.expect("queued"));
    }
    let settings = Settings {
        connect_timeout: Duration::from_millis(200),
        ..calm()
    };
    let check = crate::stage::check(Duration::from_hours(1), Duration::from_millis(1));
    let healthy = target("i-1", address, TargetState::Healthy);
    let stage = Stage::probing(settings, check, vec![healthy]).await;
    assert_eq!(stage.get("/").await.status, 504);
    stage.failed_only_for(Cause::ConnectTimeout);
}

#[tokio::test]
async fn a_kept_alive_connection_closed_under_a_request_is_502() {
    let server = Scripted::start(|mut peer, _| async move {
        peer.send(OK).await;
        peer.request().await;
    })
    .await;
    let stage = Stage::with(server.address).await;
    let mut client = stage.client().await;
    assert_eq!(client.get("/").await.status, 200);
    assert_eq!(client.get("/").await.status, 502);
    assert_eq!(
        client.get("/").await.status,
        200,
        "the client's connection lives on"
    );
    stage.failed_only_for(Cause::ReusedEof);
}

#[tokio::test]
async fn a_kept_alive_connection_reset_under_a_request_is_502() {
    let server = Scripted::start(|mut peer, _| async move {
        peer.send(OK).await;
        peer.arrival().await;
        peer.reset();
    })
    .await;
    let stage = Stage::with(server.address).await;
    let mut client = stage.client().await;
    assert_eq!(client.get("/").await.status, 200);
    assert_eq!(client.get("/").await.status, 502);
    stage.failed_only_for(Cause::ReusedReset);
}

#[tokio::test]
async fn no_other_target_makes_up_for_a_bad_one() {
    let good = Scripted::well_behaved().await;
    let bad = Scripted::start(|peer, _| async move { peer.reset() }).await;
    let targets = vec![
        target("i-good", good.address, TargetState::Healthy),
        target("i-bad", bad.address, TargetState::Healthy),
    ];
    let stage = Stage::new(calm(), targets).await;
    let mut client = stage.client().await;
    let mut failed = 0;
    for _ in 0..10 {
        failed += usize::from(client.get("/").await.status == 502);
    }
    assert_eq!(failed, 5);
}

#[tokio::test]
async fn a_client_that_leaves_is_no_target_error() {
    let server = Scripted::start(|peer, _| peer.hold()).await;
    let stage = Stage::with(server.address).await;
    let mut client = stage.client().await;
    client
        .send("GET / HTTP/1.1\r\nHost: example.test\r\n\r\n")
        .await;
    eventually("the request at the target", || server.connections() == 1).await;
    drop(client);
    eventually("the abort counted", || stage.tally().client_aborts == 1).await;
    assert!(stage.tally().failures.is_empty(), "{:?}", stage.tally());
}
