//! Handlers that fail cost their own request and nothing else.

use server::{Class, Server};

use crate::client::Client;
use crate::library::Library;

#[tokio::test]
async fn a_handler_that_panics_or_fails_answers_500_and_the_connection_lives() {
    let server = Library::serve(Server::builder()).await;
    let mut client = Client::connect(server.address).await;
    assert_eq!(client.get("/panic").await.unwrap().status, 500);
    assert_eq!(client.get("/error").await.unwrap().status, 500);
    assert_eq!(client.get("/").await.unwrap().status, 200);
    assert_eq!(server.handle.counts().accepted, 1);
}

#[tokio::test]
async fn a_response_that_breaks_off_is_seen_by_the_client_and_counted() {
    let server = Library::serve(Server::builder()).await;
    let mut client = Client::connect(server.address).await;
    client
        .send("GET /broken HTTP/1.1\r\nHost: test\r\n\r\n")
        .await
        .unwrap();
    let seen = client.rest().await;
    assert!(
        seen.is_err(),
        "a reset tells a broken response from a whole one: {seen:?}"
    );
    server.has(0, 0).await;
    assert_eq!(server.handle.counts().cut.of(Class::Response), 1);
}

#[tokio::test]
async fn bytes_left_unread_do_not_reset_the_last_response() {
    let server = Library::serve(Server::builder()).await;
    let mut client = Client::connect(server.address).await;
    let last = "GET /medium HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
    client.send(last).await.unwrap();
    server.has(1, 0).await;
    // The response is written; by now the server has closed its side, and these bytes meet no
    // reader but the lingering one.
    client.send(vec![b'y'; 100_000]).await.unwrap();
    let response = client.rest().await.expect("an end, not a reset");
    assert!(response.len() > 40_000);
}
