//! Clients that offer an upgrade nobody takes them up on, as curl and Java's HTTP client do with
//! `Upgrade: h2c`: to hyper such a connection looks upgraded when it ends.

use std::time::Duration;

use server::Server;

use crate::client::Client;
use crate::library::Library;

fn offering(method: &str, path: &str, connection: &str, more: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nHost: test\r\nConnection: {connection}Upgrade, HTTP2-Settings\r\n\
         Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n{more}\r\n"
    )
}

#[tokio::test]
async fn the_connection_is_kept_like_any_other() {
    let server = Library::serve(Server::builder()).await;
    let mut client = Client::connect(server.address).await;
    for _ in 0..2 {
        client.send(offering("GET", "/", "", "")).await.unwrap();
        let answer = client.answer().await.unwrap();
        assert_eq!((answer.status, answer.says_close()), (200, false));
        assert_eq!(client.get("/").await.unwrap().body, "hello\n");
    }
    assert_eq!(server.handle.counts().accepted, 1);
    server.handle.leave();
    drop(client);
    server.has(0, 0).await;
}

#[tokio::test]
async fn the_last_response_arrives_whole() {
    let server = Library::serve(Server::builder()).await;
    let mut client = Client::connect(server.address).await;
    client
        .send(offering("GET", "/big", "close, ", ""))
        .await
        .unwrap();
    let response = client.rest().await.unwrap();
    assert!(response.len() > 64 << 20, "{} bytes", response.len());
    drop(client);
    server.has(0, 0).await;
}

/// hyper gives up reading such a request, and then the connection away before it has written all.
#[tokio::test]
async fn a_last_response_before_the_end_of_its_request_is_never_taken_for_whole() {
    let server = Library::serve(Server::builder()).await;
    let mut client = Client::connect(server.address).await;
    let early = offering("POST", "/big", "", "Content-Length: 500000\r\n");
    client.send(early).await.unwrap();
    let response = client.rest().await;
    let whole = response.as_ref().is_ok_and(|bytes| bytes.len() > 64 << 20);
    drop(client);
    server.has(0, 0).await;
    assert_eq!(server.handle.counts().cut.response, u64::from(!whole));
    assert!(whole || response.is_err(), "an end in the middle of it");
}

#[tokio::test]
async fn bytes_left_unread_do_not_reset_the_last_response() {
    let server = Library::serve(Server::builder()).await;
    let mut client = Client::connect(server.address).await;
    client
        .send(offering("GET", "/medium", "close, ", ""))
        .await
        .unwrap();
    server.has(1, 0).await;
    client.send(vec![b'y'; 100_000]).await.unwrap();
    let response = client.rest().await.expect("an end, not a reset");
    assert!(response.len() > 40_000);
    drop(client);
    server.has(0, 0).await;
    assert_eq!(server.handle.counts().ended, 1);
}

#[tokio::test]
async fn an_idle_connection_is_closed_as_one() {
    let short = Duration::from_millis(100);
    let server = Library::serve(Server::builder().keep_alive(short)).await;
    let mut client = Client::connect(server.address).await;
    client.send(offering("GET", "/", "", "")).await.unwrap();
    client.answer().await.unwrap();
    assert_eq!(client.rest().await.unwrap(), b"");
    drop(client);
    server.has(0, 0).await;
    assert_eq!(server.handle.counts().idle_closed, 1);
}
