//! Upgrades to a protocol that the library does not know: the application hears that its peer is
//! done, and says its own last words.

use std::time::Duration;

use server::{Phase, Server};

use crate::client::Client;
use crate::upgrades::serve;

const UPGRADE: &str =
    "GET /lines HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: lines\r\n\r\n";
const CONNECT: &str = "CONNECT test:1 HTTP/1.1\r\nHost: test:1\r\n\r\n";

fn hurried() -> server::Builder {
    Server::builder()
        .unready(Duration::ZERO)
        .upgrade_grace(Duration::ZERO)
}

#[tokio::test]
async fn the_application_reads_the_end_and_finishes() {
    for (request, status) in [(UPGRADE, 101), (CONNECT, 200)] {
        let server = serve(hurried()).await;
        let mut client = Client::connect(server.address).await;
        client.send(format!("{request}early")).await.unwrap();
        let answer = client.answer().await.unwrap();
        assert_eq!((answer.status, answer.says_close()), (status, false));
        client.send(" and late").await.unwrap();
        assert_eq!(client.read(14).await.unwrap(), b"early and late");
        server.handle.leave();
        assert_eq!(client.rest().await.unwrap(), b"bye");
        drop(client);
        let departure = server.departure().await;
        assert_eq!((departure.drained, departure.is_clean()), (1, true));
    }
}

#[tokio::test]
async fn a_peer_that_goes_on_sending_still_gets_the_last_words() {
    let server = serve(hurried()).await;
    let mut client = Client::connect(server.address).await;
    client.send(UPGRADE).await.unwrap();
    client.answer().await.unwrap();
    server.has(1, 0).await;
    server.handle.leave();
    server.reaches(Phase::Lame).await;
    client.send(vec![b'x'; 100_000]).await.unwrap();
    let rest = client.rest().await.expect("an end, not a reset");
    assert!(rest.ends_with(b"bye"));
    drop(client);
    assert!(server.departure().await.is_clean());
}

#[tokio::test]
async fn either_side_may_close_first() {
    let server = serve(hurried()).await;
    let mut client = Client::connect(server.address).await;
    client.send(UPGRADE).await.unwrap();
    client.answer().await.unwrap();
    client.close_writing().await.unwrap();
    assert_eq!(client.rest().await.unwrap(), b"bye");
    server.has(0, 0).await;
    assert_eq!(server.handle.counts().ended, 1);
}
