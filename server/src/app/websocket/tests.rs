//! Sessions over hyper, without a socket.

use std::convert::Infallible;

use futures_util::{SinkExt, StreamExt};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

/// A server that knows nothing but `/ws`. It leaves when it is dropped.
struct Server(watch::Sender<()>);

/// The client's end of a connection.
fn connect(server: &Server) -> DuplexStream {
    let (ours, theirs) = duplex(1 << 16);
    let leaving = server.0.subscribe();
    tokio::spawn(async move {
        let service = service_fn(move |request| {
            let mut leaving = leaving.clone();
            let reply = super::open(request, async move {
                leaving.changed().await.unwrap_err();
            });
            async { Ok::<_, Infallible>(reply) }
        });
        http1::Builder::new()
            .serve_connection(TokioIo::new(theirs), service)
            .with_upgrades()
            .await
    });
    ours
}

async fn open(server: &Server) -> WebSocketStream<DuplexStream> {
    let (socket, _) = client_async("ws://test/ws", connect(server)).await.unwrap();
    socket
}

async fn next(socket: &mut WebSocketStream<DuplexStream>) -> Message {
    socket.next().await.unwrap().unwrap()
}

async fn close_frame(socket: &mut WebSocketStream<DuplexStream>) -> CloseFrame {
    match next(socket).await {
        Message::Close(Some(frame)) => frame,
        other => panic!("no close: {other:?}"),
    }
}

#[tokio::test]
async fn what_is_sent_comes_back() {
    let server = Server(watch::Sender::new(()));
    let mut socket = open(&server).await;
    let largest = Message::from("ä".repeat(32 << 10));
    for message in [Message::from("text"), Message::from(vec![0, 255]), largest] {
        socket.send(message.clone()).await.unwrap();
        assert_eq!(next(&mut socket).await, message);
    }
    socket.send(Message::Ping("here".into())).await.unwrap();
    assert_eq!(next(&mut socket).await, Message::Pong("here".into()));
    socket.close(None).await.unwrap();
    assert_eq!(next(&mut socket).await, Message::Close(None));
    assert!(socket.next().await.is_none());
}

#[tokio::test]
async fn what_breaks_the_rules_is_told_why() {
    let server = Server(watch::Sender::new(()));
    let mut socket = open(&server).await;
    socket
        .send("x".repeat((64 << 10) + 1).into())
        .await
        .unwrap();
    assert_eq!(u16::from(close_frame(&mut socket).await.code), 1009);

    for (frame, code) in [
        // No mask; a reserved operation; text that is no UTF-8.
        (&b"\x81\x01x"[..], 1002),
        (b"\x83\x80\0\0\0\0", 1002),
        (b"\x81\x81\0\0\0\0\xff", 1007),
    ] {
        let mut socket = open(&server).await;
        socket.get_mut().write_all(frame).await.unwrap();
        assert_eq!(u16::from(close_frame(&mut socket).await.code), code);
    }
}

#[tokio::test]
async fn a_session_ends_when_the_server_leaves() {
    let server = Server(watch::Sender::new(()));
    let mut socket = open(&server).await;
    socket.send("before".into()).await.unwrap();
    assert_eq!(next(&mut socket).await, Message::from("before"));
    drop(server);
    let frame = close_frame(&mut socket).await;
    assert_eq!(
        (u16::from(frame.code), frame.reason.as_str()),
        (1001, "leaving")
    );
    assert!(matches!(
        socket.next().await,
        None | Some(Err(Error::ConnectionClosed))
    ));
}

#[tokio::test]
async fn who_does_not_ask_for_a_web_socket_is_told_to() {
    let server = Server(watch::Sender::new(()));
    let mut client = connect(&server);
    let request = b"GET /ws HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
    client.write_all(request).await.unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 426 "), "{answer}");
    assert!(answer.contains("upgrade: websocket\r\n"), "{answer}");
}
