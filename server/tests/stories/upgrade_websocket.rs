//! A WebSocket when the server leaves: closed by the application or in its place, never broken off.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use server::{ByClass, Phase, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::client::{self, soon};
use crate::upgrades::{connect, next, read_to_close, serve};

const SHORT: Duration = Duration::from_millis(300);
const LONG: Duration = Duration::from_mins(1);

const CLOSE: [u8; 4] = [0x88, 0x02, 0x03, 0xE9];
const HANDSHAKE: &str = "Host: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

fn patient() -> server::Builder {
    Server::builder()
        .unready(Duration::ZERO)
        .lame(LONG)
        .idle_grace(LONG)
        .write_stall(LONG)
        .upgrade_grace(LONG)
        .total(LONG)
}

fn upgrade_cut() -> ByClass {
    ByClass {
        upgrade: 1,
        ..ByClass::default()
    }
}

#[tokio::test]
async fn an_application_that_listens_closes_by_itself() {
    let server = serve(patient()).await;
    let mut client = connect(server.address, "/echo").await;
    client.send(Message::text("hello")).await.unwrap();
    assert_eq!(next(&mut client).await, Some(Message::text("hello")));
    server.has(1, 0).await;
    server.handle.leave();
    let (close, _) = read_to_close(&mut client).await;
    assert_eq!(
        (close.code, close.reason.as_str()),
        (CloseCode::Away, "see you")
    );
    drop(client);
    let departure = server.departure().await;
    assert_eq!((departure.drained, departure.is_clean()), (1, true));
}

#[tokio::test]
async fn an_application_that_does_not_is_closed_for() {
    let server = serve(patient().upgrade_grace(SHORT)).await;
    let mut client = connect(server.address, "/oblivious").await;
    server.handle.leave();
    server.reaches(Phase::Lame).await;
    client.send(Message::text("still")).await.unwrap();
    assert_eq!(next(&mut client).await, Some(Message::text("still")));
    let (close, _) = read_to_close(&mut client).await;
    assert_eq!(close.code, CloseCode::Away);
    drop(client);
    let departure = server.departure().await;
    assert!(departure.is_clean());
    assert!(u128::from(departure.ms) >= SHORT.as_millis());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_of_messages_is_closed_between_two_of_them() {
    let server = serve(patient().upgrade_grace(Duration::ZERO)).await;
    let mut clients = Vec::new();
    for _ in 0..8 {
        let mut client = connect(server.address, "/flood").await;
        for _ in 0..20 {
            next(&mut client).await;
        }
        clients.push(client);
    }
    server.handle.leave();
    for mut client in clients {
        let (close, _) = read_to_close(&mut client).await;
        assert_eq!(close.code, CloseCode::Away);
    }
    assert!(server.departure().await.is_clean());
}

/// The library speaks for it, but cannot let go for it.
#[tokio::test]
async fn an_application_that_does_nothing_is_closed_for_and_cut_in_the_end() {
    let server = serve(patient().upgrade_grace(Duration::ZERO).total(2 * SHORT)).await;
    let mut client = connect(server.address, "/silent").await;
    server.handle.leave();
    let close = next(&mut client).await;
    assert!(matches!(close, Some(Message::Close(Some(close))) if close.code == CloseCode::Away));
    assert_eq!(server.departure().await.forced, upgrade_cut());
}

#[tokio::test]
async fn a_peer_that_ignores_everything_is_cut_at_the_total() {
    let server = serve(patient().upgrade_grace(Duration::ZERO).total(SHORT)).await;
    let mut peer = TcpStream::connect(server.address).await.unwrap();
    let request = format!("GET /oblivious HTTP/1.1\r\n{HANDSHAKE}");
    peer.write_all(request.as_bytes()).await.unwrap();
    server.has(1, 0).await;
    server.handle.leave();
    let departure = server.departure().await;
    assert_eq!(departure.forced, upgrade_cut());
    assert!(u128::from(departure.ms) >= SHORT.as_millis());
    let mut seen = Vec::new();
    let end = soon("the end", peer.read_to_end(&mut seen)).await;
    assert!(end.is_err(), "a reset: {end:?}");
    assert!(seen.ends_with(&CLOSE));
}

#[tokio::test]
async fn the_second_order_cuts_at_once() {
    let server = serve(patient()).await;
    let mut client = connect(server.address, "/oblivious").await;
    server.handle.leave_or_force();
    server.reaches(Phase::Lame).await;
    server.handle.leave_or_force();
    assert_eq!(server.departure().await.forced, upgrade_cut());
    let end = soon("the end", client.next()).await;
    assert!(matches!(end, Some(Err(_))), "{end:?}");
}

#[tokio::test]
async fn a_peer_that_stops_reading_is_cut_in_normal_service_too() {
    let server = serve(patient().write_stall(SHORT)).await;
    let client = connect(server.address, "/flood").await;
    client::until("the cut", async || server.handle.counts().cut.upgrade == 1).await;
    assert_eq!(server.handle.phase(), Phase::Ready);
    drop(client);
}

#[tokio::test]
async fn frames_right_behind_the_request_reach_the_application() {
    let server = serve(patient()).await;
    let mut client = client::Client::connect(server.address).await;
    // "hello", masked with zeros.
    let frame = b"\x81\x85\0\0\0\0hello\x88\x82\0\0\0\0\x03\xE8";
    let mut request = format!("GET /echo HTTP/1.1\r\n{HANDSHAKE}").into_bytes();
    request.extend(frame);
    client.send(request).await.unwrap();
    assert_eq!(client.answer().await.unwrap().status, 101);
    let rest = client.rest().await.unwrap();
    assert_eq!(rest, b"\x81\x05hello\x88\x02\x03\xE8");
    drop(client);
    server.has(0, 0).await;
}

#[tokio::test]
async fn a_websocket_that_comes_while_lame_is_served_and_asked_at_once() {
    let server = serve(patient()).await;
    let held = client::Client::connect(server.address).await;
    server.has(1, 0).await;
    server.handle.leave();
    server.reaches(Phase::Lame).await;
    let mut client = connect(server.address, "/echo").await;
    let (close, _) = read_to_close(&mut client).await;
    assert_eq!(close.code, CloseCode::Away);
    drop(held);
    drop(client);
    assert!(server.departure().await.is_clean());
}
