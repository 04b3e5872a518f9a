//! Idle connections: never closed first while the peer may still use them.

use std::io::Write;
use std::time::Duration;

use server::{Class, Phase, Server};
use tokio::time::Instant;

use crate::client::{Client, request};
use crate::library::Library;

const LONG: Duration = Duration::from_mins(1);
/// Long enough for a story to see both sides of it on a busy machine.
const GRACE: Duration = Duration::from_secs(1);

fn lame_at_once() -> server::Builder {
    Server::builder()
        .unready(Duration::ZERO)
        .lame(LONG)
        .idle_grace(LONG)
        .total(2 * LONG)
}

#[tokio::test]
async fn an_idle_connection_may_ask_once_more_and_is_told_to_close() {
    let server = Library::serve(lame_at_once()).await;
    let mut client = Client::connect(server.address).await;
    assert!(!client.get("/").await.unwrap().says_close());
    server.handle.leave();
    server.reaches(Phase::Lame).await;
    let last = client.get("/").await.unwrap();
    assert_eq!((last.status, last.says_close()), (200, true));
    assert_eq!(client.rest().await.unwrap(), b"");
    drop(client);
    let departure = server.departure().await;
    assert!(departure.is_clean());
    assert_eq!((departure.drained, departure.idle_closed), (1, 0));
}

#[tokio::test]
async fn a_connection_that_was_silent_so_far_is_answered() {
    let server = Library::serve(lame_at_once()).await;
    let mut silent = Client::connect(server.address).await;
    let mut half = Client::connect(server.address).await;
    half.send("GET / HT").await.unwrap();
    server.has(2, 0).await;
    server.handle.leave();
    server.reaches(Phase::Lame).await;
    half.send("TP/1.1\r\nHost: test\r\n\r\n").await.unwrap();
    for answer in [silent.get("/").await.unwrap(), half.answer().await.unwrap()] {
        assert_eq!((answer.status, answer.says_close()), (200, true));
    }
    drop((silent, half));
    assert!(server.departure().await.is_clean());
}

#[tokio::test]
async fn new_connections_are_served_until_the_last_one_has_gone() {
    let server = Library::serve(lame_at_once().unready(GRACE)).await;
    let held = Client::connect(server.address).await;
    server.has(1, 0).await;
    server.handle.leave();
    server.reaches(Phase::Unready).await;
    let mut early = Client::connect(server.address).await;
    let answer = early.get("/").await.unwrap();
    assert_eq!(answer.status, 200);
    server.reaches(Phase::Lame).await;
    let mut late = Client::connect(server.address).await;
    let answer = late.get("/").await.unwrap();
    assert_eq!((answer.status, answer.says_close()), (200, true));
    let address = server.address;
    drop((held, early, late));
    assert!(server.departure().await.is_clean());
    assert!(Client::try_connect(address).await.is_err());
}

#[tokio::test]
async fn an_idle_connection_is_held_for_its_grace_then_closed_and_counted() {
    let server = Library::serve(lame_at_once().idle_grace(GRACE)).await;
    let mut client = Client::connect(server.address).await;
    client.get("/").await.unwrap();
    let leaving = Instant::now();
    server.handle.leave();
    assert_eq!(client.rest().await.unwrap(), b"");
    assert!(leaving.elapsed() >= GRACE);
    drop(client);
    let departure = server.departure().await;
    assert!(departure.is_clean());
    assert_eq!((departure.drained, departure.idle_closed), (0, 1));
}

#[tokio::test]
async fn lame_ends_even_if_the_grace_has_not() {
    let server = Library::serve(lame_at_once().lame(GRACE)).await;
    let mut client = Client::connect(server.address).await;
    client.get("/").await.unwrap();
    let leaving = Instant::now();
    server.handle.leave();
    assert_eq!(client.rest().await.unwrap(), b"");
    assert!(leaving.elapsed() >= GRACE);
    drop(client);
    assert_eq!(server.departure().await.idle_closed, 1);
}

#[tokio::test]
async fn a_request_that_crosses_the_close_is_counted_as_lost() {
    let server = Library::serve(lame_at_once().idle_grace(Duration::ZERO).linger(LONG)).await;
    let mut client = Client::connect(server.address).await;
    client.get("/").await.unwrap();
    server.handle.leave();
    // The server's end of the connection is closed, and the client asks all the same.
    assert_eq!(client.rest().await.unwrap(), b"");
    client.send(request("/")).await.unwrap();
    drop(client);
    let departure = server.departure().await;
    assert_eq!(departure.forced_in(Class::Header), 1);
}

#[tokio::test]
async fn it_is_counted_though_the_peer_stays() {
    let server = Library::serve(lame_at_once().idle_grace(Duration::ZERO).linger(GRACE)).await;
    let mut client = Client::connect(server.address).await;
    client.get("/").await.unwrap();
    server.handle.leave();
    assert_eq!(client.rest().await.unwrap(), b"");
    client.send(request("/")).await.unwrap();
    let departure = server.departure().await;
    assert_eq!(departure.forced_in(Class::Header), 1);
    drop(client);
}

/// hyper reads on in it as far as one chunk, and then closes.
#[tokio::test]
async fn a_body_in_chunks_that_nobody_reads_ends_the_connection_in_words() {
    let server = Library::serve(Server::builder()).await;
    let mut client = Client::connect(server.address).await;
    let chunks = "POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n";
    client
        .send(format!("{chunks}1\r\na\r\n1\r\nb\r\n0\r\n\r\n"))
        .await
        .unwrap();
    let answer = client.answer().await.unwrap();
    assert_eq!((answer.status, answer.says_close()), (200, true));
}

#[tokio::test]
async fn in_normal_service_idle_connections_last_for_keep_alive() {
    let server = Library::serve(Server::builder().keep_alive(GRACE)).await;
    let mut client = Client::connect(server.address).await;
    client.get("/").await.unwrap();
    let idle = Instant::now();
    client.get("/").await.unwrap();
    assert_eq!(client.rest().await.unwrap(), b"");
    assert!(idle.elapsed() >= GRACE);
    drop(client);
    server.has(0, 0).await;
    assert_eq!(server.handle.counts().idle_closed, 1);
    assert_eq!(server.handle.phase(), Phase::Ready);
}

#[tokio::test]
async fn empty_lines_are_no_request_and_hold_nobody_up() {
    let server = Library::serve(lame_at_once().idle_grace(GRACE)).await;
    let mut client = Client::connect(server.address).await;
    client.send("\r\n\r\n").await.unwrap();
    server.has(1, 0).await;
    server.handle.leave();
    assert_eq!(client.rest().await.unwrap(), b"");
    let departure = server.departure().await;
    assert!(departure.is_clean());
    assert_eq!(departure.idle_closed, 1);
}

#[tokio::test]
async fn without_connections_it_leaves_after_the_unready_window() {
    let server = Library::serve(lame_at_once().unready(GRACE)).await;
    server.reaches(Phase::Ready).await;
    server.handle.leave();
    let departure = server.departure().await;
    assert!(u128::from(departure.ms) >= GRACE.as_millis());
    assert!(u128::from(departure.ms) < LONG.as_millis());
    assert!(departure.is_clean());
}

/// On one thread nothing runs between these lines: all the clients wait in the accept queue as the
/// server, which has not seen one of them, closes its listener.
#[tokio::test]
async fn the_accept_queue_is_emptied_before_the_listener_closes() {
    let server = Library::serve(lame_at_once().lame(Duration::ZERO)).await;
    server.reaches(Phase::Ready).await;
    server.handle.leave();
    let queued: Vec<_> = (0..50)
        .map(|_| {
            let mut stream = std::net::TcpStream::connect(server.address).unwrap();
            stream.write_all(request("/").as_bytes()).unwrap();
            stream
        })
        .collect();
    for stream in queued {
        let mut client = Client::adopt(stream);
        let answer = client.answer().await.unwrap();
        assert_eq!((answer.status, answer.says_close()), (200, true));
    }
    let departure = server.departure().await;
    assert!(departure.is_clean());
    assert_eq!(departure.drained, 50);
}
