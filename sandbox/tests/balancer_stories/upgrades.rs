//! `WebSocket`s pass through, and end as connections to a leaving target do.

use std::time::Duration;

use tokio::io::AsyncWriteExt;

use sandbox::balancer::{Cause, TargetState};

use crate::scripted::Scripted;
use crate::stage::{Settings, Stage, calm, draining, eventually, target};

const ASK: &str = "GET /chat HTTP/1.1\r\nHost: example.test\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
const SWITCH: &str = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// Agrees, greets, and sends every byte back one higher.
async fn echo() -> Scripted {
    Scripted::start(|mut peer, head| async move {
        let head = head.to_ascii_lowercase();
        assert!(head.contains("\r\nupgrade: websocket\r\n"), "{head}");
        assert!(head.contains("\r\nconnection: upgrade\r\n"), "{head}");
        assert!(head.contains("sec-websocket-version: 13"), "{head}");
        peer.send(&format!("{SWITCH}hi")).await;
        while let Some(byte) = peer.byte().await {
            peer.send(&char::from(byte + 1).to_string()).await;
        }
    })
    .await
}

#[tokio::test]
async fn bytes_go_both_ways_once_the_target_has_agreed() {
    let server = echo().await;
    let stage = Stage::with(server.address).await;
    let mut client = stage.client().await;
    // What follows at once belongs to the new protocol already.
    client.send(&format!("{ASK}A")).await;
    let seen = client.head().await;
    assert_eq!(seen.status, 101);
    assert!(seen.has("upgrade: websocket"), "{}", seen.head);
    assert!(seen.has("connection: upgrade"), "{}", seen.head);
    assert!(seen.header("sec-websocket-accept").is_some());
    assert!(client.at_least(3).await);
    client.send("MN").await;
    assert!(client.at_least(5).await);
    assert_eq!(client.received(), "hiBNO");
    assert_eq!(stage.tally().upgrades, 1);
    assert_eq!(stage.tally().requests, 1);
}

#[tokio::test]
async fn the_end_of_one_side_is_the_end_of_the_other() {
    let server = Scripted::start(|mut peer, _| async move {
        peer.send(&format!("{SWITCH}bye")).await;
    })
    .await;
    let stage = Stage::with(server.address).await;
    let mut client = stage.client().await;
    client.send(ASK).await;
    assert_eq!(client.head().await.status, 101);
    assert!(client.at_least(3).await);
    assert!(client.closed().await);
    drop(client);
    assert!(stage.tally().failures.is_empty(), "{:?}", stage.tally());
}

#[tokio::test]
async fn a_target_that_declines_is_passed_on() {
    let server =
        Scripted::saying("HTTP/1.1 426 Upgrade Required\r\nContent-Length: 2\r\n\r\nno").await;
    let stage = Stage::with(server.address).await;
    let mut client = stage.client().await;
    client.send(ASK).await;
    assert_eq!(client.answer().await.status, 426);
    assert_eq!(
        client.get("/").await.status,
        426,
        "still the same connection"
    );
    assert_eq!(stage.tally().upgrades, 0);
}

#[tokio::test]
async fn any_other_upgrade_is_answered_as_if_not_asked_for() {
    let server = Scripted::start(|mut peer, head| async move {
        assert!(!head.to_ascii_lowercase().contains("upgrade"), "{head}");
        peer.send(crate::scripted::OK).await;
        peer.hold().await;
    })
    .await;
    let stage = Stage::with(server.address).await;
    let mut client = stage.client().await;
    client.send(&ASK.replace("websocket\r\n", "h2c\r\n")).await;
    assert_eq!(client.answer().await.status, 200);
}

#[tokio::test]
async fn an_upgrade_that_nobody_asked_for_is_502() {
    let server = Scripted::saying(SWITCH).await;
    let stage = Stage::with(server.address).await;
    assert_eq!(stage.get("/").await.status, 502);
    assert_eq!(stage.tally().failures.values().sum::<u64>(), 1);
}

#[tokio::test]
async fn it_lives_until_the_end_of_the_deregistration_delay() {
    let server = echo().await;
    let stage = Stage::with(server.address).await;
    let mut client = stage.client().await;
    client.send(ASK).await;
    assert_eq!(client.head().await.status, 101);
    stage.set(vec![draining(
        "i-1",
        server.address,
        Duration::from_hours(1),
    )]);
    while stage.get("/").await.status != 503 {}
    client.send("A").await;
    assert!(client.at_least(3).await, "a draining target still talks");
    stage.set(vec![draining("i-1", server.address, Duration::ZERO)]);
    assert!(client.ends().await);
    let cut = Cause::TunnelDrainCut.name();
    eventually("the cut counted", || {
        stage.tally().failures.contains_key(cut)
    })
    .await;
}

#[tokio::test]
async fn a_silent_one_is_closed_after_the_idle_timeout() {
    let server = echo().await;
    let settings = Settings {
        idle_timeout: Duration::from_millis(300),
        ..calm()
    };
    let healthy = target("i-1", server.address, TargetState::Healthy);
    let stage = Stage::new(settings, vec![healthy]).await;
    let mut client = stage.client().await;
    client.send(ASK).await;
    assert_eq!(client.head().await.status, 101);
    assert!(client.ends().await);
    assert!(stage.tally().failures.is_empty(), "{:?}", stage.tally());
}

#[tokio::test]
async fn a_target_that_resets_one_is_counted() {
    let server = Scripted::start(|mut peer, _| async move {
        peer.send(SWITCH).await;
        peer.byte().await;
        peer.reset();
    })
    .await;
    let stage = Stage::with(server.address).await;
    let mut client = stage.client().await;
    client.send(ASK).await;
    assert_eq!(client.head().await.status, 101);
    client.send("A").await;
    assert!(client.ends().await);
    stage.failed_only_for(Cause::TunnelCut);
}

#[tokio::test]
async fn a_target_that_sends_no_more_still_hears_its_client() {
    let (heard, mut at_target) = tokio::sync::mpsc::unbounded_channel();
    let server = Scripted::start(move |mut peer, _| {
        let heard = heard.clone();
        async move {
            peer.send(&format!("{SWITCH}bye")).await;
            peer.stream.shutdown().await.expect("an open socket");
            while let Some(byte) = peer.byte().await {
                // The test may be over already.
                let _ = heard.send(byte);
            }
        }
    })
    .await;
    let stage = Stage::with(server.address).await;
    let mut client = stage.client().await;
    client.send(ASK).await;
    assert_eq!(client.head().await.status, 101);
    assert!(client.at_least(3).await);
    assert!(client.closed().await);
    for byte in *b"still here" {
        client.send(&char::from(byte).to_string()).await;
        assert_eq!(at_target.recv().await, Some(byte));
    }
}
