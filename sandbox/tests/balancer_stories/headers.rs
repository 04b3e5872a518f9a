//! What of the headers reaches the other side.

use sandbox::balancer::Cause;
use tokio::sync::mpsc;

use crate::scripted::{OK, Scripted};
use crate::stage::Stage;

#[tokio::test]
async fn the_target_learns_of_the_client_and_nothing_of_its_connection() {
    let (heads, mut arrived) = mpsc::unbounded_channel();
    let server = Scripted::start(move |mut peer, head| {
        let heads = heads.clone();
        async move {
            heads.send(head).expect("the test listens");
            peer.send(OK).await;
        }
    })
    .await;
    let stage = Stage::with(server.address).await;
    let mut client = stage.client().await;
    client
        .send("GET /a?b=c HTTP/1.1\r\nHost: example.test:81\r\nConnection: close, x-hop\r\nX-Hop: 1\r\nX-End: 2\r\n\r\n")
        .await;
    let seen = client.answer().await;
    assert_eq!(
        seen.header("connection"),
        Some("close"),
        "the client asked for it"
    );
    let head = arrived
        .recv()
        .await
        .expect("a request")
        .to_ascii_lowercase();
    let port = stage.address.port();
    for expected in [
        "get /a?b=c http/1.1".to_owned(),
        "host: example.test:81".to_owned(),
        "x-end: 2".to_owned(),
        "x-forwarded-for: 127.0.0.1".to_owned(),
        "x-forwarded-proto: http".to_owned(),
        format!("x-forwarded-port: {port}"),
    ] {
        assert!(
            head.lines().any(|line| line == expected),
            "no {expected:?} in {head}"
        );
    }
    assert!(head.contains("x-amzn-trace-id: root=1-"), "{head}");
    assert!(
        !head.contains("x-hop") && !head.contains("connection"),
        "{head}"
    );
}

#[tokio::test]
async fn the_client_learns_nothing_of_the_targets_connection() {
    let server = Scripted::saying(
        "HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\nContent-Length: 2\r\n\r\nok",
    )
    .await;
    let stage = Stage::with(server.address).await;
    let seen = stage.get("/").await;
    for absent in ["connection", "keep-alive", "x-hop"] {
        assert_eq!(seen.header(absent), None, "{}", seen.head);
    }
}

#[tokio::test]
async fn oversized_requests_never_reach_a_target() {
    let server = Scripted::well_behaved().await;
    let long = "a".repeat(17 * 1024);

    let stage = Stage::with(server.address).await;
    assert_eq!(stage.get(&format!("/{long}")).await.status, 414);
    stage.failed_only_for(Cause::UriTooLong);

    let stage = Stage::with(server.address).await;
    let mut client = stage.client().await;
    client
        .send(&format!(
            "GET / HTTP/1.1\r\nHost: a\r\nX-Long: {long}\r\n\r\n"
        ))
        .await;
    assert_eq!(client.answer().await.status, 400);
    stage.failed_only_for(Cause::HeaderTooLarge);

    assert_eq!(server.connections(), 0);
}
