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

/// The connection closes behind such a response, and without a word of it a balancer would put it
/// back into its pool and lose somebody else's request on it.
#[tokio::test]
async fn a_response_before_the_end_of_the_request_says_that_the_connection_closes() {
    let server = Library::serve(Server::builder()).await;
    for framing in ["Content-Length: 500000", "Transfer-Encoding: chunked"] {
        let mut client = Client::connect(server.address).await;
        let early = format!("POST / HTTP/1.1\r\nHost: test\r\n{framing}\r\n\r\n");
        client.send(early).await.unwrap();
        let response = client.answer().await.unwrap();
        assert_eq!(response.status, 200);
        assert!(response.says_close(), "{framing}");
    }
}

#[tokio::test]
async fn a_response_after_the_end_of_an_unread_request_keeps_the_connection() {
    let server = Library::serve(Server::builder()).await;
    let mut client = Client::connect(server.address).await;
    let whole = "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\nhello";
    client.send(whole).await.unwrap();
    assert!(!client.answer().await.unwrap().says_close());
    assert_eq!(client.get("/").await.unwrap().status, 200);
    assert_eq!(server.handle.counts().accepted, 1);
}

#[tokio::test]
async fn what_http_forbids_is_refused_before_the_application() {
    let server = Library::serve(Server::builder()).await;
    for (head, status) in [
        ("GET / HTTP/1.1\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n", 400),
        ("GET / HTTP/1.0\r\n", 200),
        ("GET / HTTP/1.1\r\nHost:\r\n", 200),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n",
            501,
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n",
            200,
        ),
    ] {
        let mut client = Client::connect(server.address).await;
        client.send(format!("{head}\r\n0\r\n\r\n")).await.unwrap();
        assert_eq!(client.answer().await.unwrap().status, status, "{head}");
    }
}
