//! An application, a guardian and a peer, over a pipe that takes only a few bytes at a time.

use std::io::ErrorKind;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::Duration;

use proptest::prelude::*;
use tokio::io::{
    AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf, duplex,
};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use super::socket::Socket;
use super::websocket::tests::{Frame, frames};
use super::websocket::{GOING_AWAY, Outbound};
use super::{Protocol, Tether, UpgradedIo, guard};
use crate::connection::judge::Class;
use crate::counters::Ending;
use crate::handle::{PhaseAt, Shared};
use crate::phase::Phase;
use crate::settings::Settings;

/// A client's answer to a Close frame.
const ANSWER: [u8; 8] = [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xE9];
const PATIENCE: Duration = Duration::from_secs(30);

struct Pipe {
    end: DuplexStream,
    reset: Arc<AtomicBool>,
}

impl Socket for Pipe {
    fn takes_bytes(&self) -> bool {
        false
    }

    fn reset(self) {
        self.reset.store(true, Relaxed);
    }
}

impl AsyncRead for Pipe {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.end).poll_read(cx, buf)
    }
}

impl AsyncWrite for Pipe {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.end).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.end).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.end).poll_shutdown(cx)
    }
}

struct World {
    shared: Arc<Shared>,
    tether: Arc<Tether<Pipe>>,
    application: UpgradedIo<Pipe>,
    peer: DuplexStream,
    guardian: JoinHandle<Ending>,
    reset: Arc<AtomicBool>,
}

impl World {
    fn begin(protocol: Protocol, settings: &Settings, capacity: usize) -> Self {
        let (end, peer) = duplex(capacity);
        let reset = Arc::new(AtomicBool::new(false));
        let pipe = Pipe {
            end,
            reset: Arc::clone(&reset),
        };
        let shared = Arc::new(Shared::new(settings));
        let tether = Tether::new(settings.write_stall);
        tether.attach(pipe);
        tether.begin(protocol);
        let application = UpgradedIo::new(Arc::clone(&tether));
        let watched = (Arc::clone(&shared), Arc::clone(&tether));
        let guardian = tokio::spawn(async move { guard(&watched.0, 0.0, &watched.1).await });
        Self {
            shared,
            tether,
            application,
            peer,
            guardian,
            reset,
        }
    }
}

fn enter(shared: &Shared, phase: Phase) {
    let now = Instant::now();
    shared.enter(PhaseAt {
        phase,
        since: now,
        leaving_since: Some(now),
        ..shared.phase()
    });
}

fn at_once() -> Settings {
    Settings {
        upgrade_grace: Duration::ZERO,
        ..Settings::default()
    }
}

async fn ending(guardian: JoinHandle<Ending>) -> Ending {
    timeout(PATIENCE, guardian).await.unwrap().unwrap()
}

/// Reads up to the end of a Close frame.
async fn read_to_close(peer: &mut DuplexStream, seen: &mut Vec<u8>) {
    let mut outbound = Outbound::new();
    outbound.feed(seen);
    while !(outbound.close_sent() && outbound.at_boundary()) {
        let byte = peer.read_u8().await.unwrap();
        outbound.feed(&[byte]);
        seen.push(byte);
    }
}

/// An application that does not know of leaving: it writes, then reads to the end.
async fn oblivious(mut application: UpgradedIo<Pipe>, bytes: Vec<u8>, piece: usize) -> Vec<u8> {
    for piece in bytes.chunks(piece) {
        application.write_all(piece).await.unwrap();
        application.flush().await.unwrap();
    }
    let mut answer = vec![0; ANSWER.len()];
    application.read_exact(&mut answer).await.unwrap();
    answer
}

async fn ended_at(frames: &[Frame], leave_after: usize, piece: usize, capacity: usize) {
    let World {
        shared,
        application,
        mut peer,
        guardian,
        reset,
        ..
    } = World::begin(Protocol::WebSocket, &at_once(), capacity);
    let encoded: Vec<_> = frames.iter().map(Frame::encode).collect();
    let application = tokio::spawn(oblivious(application, encoded.concat(), piece));

    let mut seen = vec![0; leave_after];
    peer.read_exact(&mut seen).await.unwrap();
    enter(&shared, Phase::Lame);
    read_to_close(&mut peer, &mut seen).await;
    peer.write_all(&ANSWER).await.unwrap();
    let mut rest = Vec::new();
    peer.read_to_end(&mut rest).await.unwrap();

    assert_eq!(application.await.unwrap(), ANSWER);
    assert_eq!(rest, b"", "nothing follows a Close frame");
    let sent = seen.strip_suffix(&GOING_AWAY).unwrap();
    let mut whole = Vec::new();
    let mut boundaries = vec![0];
    for frame in &encoded {
        whole.extend(frame);
        boundaries.push(whole.len());
    }
    assert!(boundaries.contains(&sent.len()));
    assert!(whole.starts_with(sent));
    drop(peer);
    assert_eq!(ending(guardian).await, Ending::Ended);
    assert!(!reset.load(Relaxed));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_websocket_is_closed_between_two_frames_whatever_is_being_written(
        frames in frames(), leave in any::<prop::sample::Index>(), piece in 1_usize..3000, capacity in prop_oneof![1_usize..9, 500_usize..5000],
    ) {
        let length: usize = frames.iter().map(|frame| frame.encode().len()).sum();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let story = ended_at(&frames, leave.index(length + 1), piece, capacity);
        runtime.block_on(async { timeout(PATIENCE, story).await.unwrap() });
    }
}

#[tokio::test]
async fn no_second_frame_goes_out_behind_the_one_that_had_begun() {
    let frame = Frame {
        first: 0x82,
        payload: 100,
        masked: false,
    };
    let frame = frame.encode();
    let mut world = World::begin(Protocol::WebSocket, &at_once(), 10);
    let application = tokio::spawn(oblivious(world.application, frame.repeat(3), 1000));
    let mut seen = vec![world.peer.read_u8().await.unwrap()];
    world.tether.end();
    read_to_close(&mut world.peer, &mut seen).await;
    assert_eq!(seen, [&frame[..], &GOING_AWAY].concat());
    world.peer.write_all(&ANSWER).await.unwrap();
    assert_eq!(application.await.unwrap(), ANSWER);
}

#[tokio::test]
async fn a_websocket_whose_application_does_nothing_is_closed_all_the_same() {
    let mut world = World::begin(Protocol::WebSocket, &at_once(), 3);
    enter(&world.shared, Phase::Lame);
    let mut close = [0; 4];
    world.peer.read_exact(&mut close).await.unwrap();
    assert_eq!(close, GOING_AWAY);
    world
        .application
        .write_all(&[7; 4000])
        .await
        .expect("swallowed");
    drop(world.application);
    let mut rest = Vec::new();
    world.peer.read_to_end(&mut rest).await.unwrap();
    assert_eq!(rest, b"");
}

#[tokio::test]
async fn a_websocket_that_the_application_has_closed_is_not_closed_twice() {
    let mut world = World::begin(Protocol::WebSocket, &at_once(), 64);
    world
        .application
        .write_all(&[0x88, 2, 0x03, 0xE8])
        .await
        .unwrap();
    enter(&world.shared, Phase::Lame);
    world.peer.write_all(&ANSWER).await.unwrap();
    let mut answer = ANSWER;
    world.application.read_exact(&mut answer).await.unwrap();
    world.application.shutdown().await.unwrap();
    let mut seen = Vec::new();
    world.peer.read_to_end(&mut seen).await.unwrap();
    assert_eq!(seen, [0x88, 2, 0x03, 0xE8]);
    drop((world.application, world.peer));
    assert_eq!(ending(world.guardian).await, Ending::Ended);
}

#[tokio::test]
async fn of_another_protocol_what_has_arrived_is_read_and_then_the_end() {
    let mut world = World::begin(Protocol::Raw, &at_once(), 64);
    let mut first = [0; 4];
    world.peer.write_all(b"pingmore").await.unwrap();
    world.application.read_exact(&mut first).await.unwrap();
    enter(&world.shared, Phase::Lame);
    let mut rest = Vec::new();
    world.application.read_to_end(&mut rest).await.unwrap();
    assert_eq!(rest, b"more");
    world.application.write_all(b"bye").await.unwrap();
    world.peer.write_all(b"nobody reads this").await.unwrap();
    assert_eq!(world.application.read(&mut [0; 9]).await.unwrap(), 0);
    drop(world.application);
    let mut seen = Vec::new();
    world.peer.read_to_end(&mut seen).await.unwrap();
    assert_eq!(seen, b"bye");
    drop(world.peer);
    assert_eq!(ending(world.guardian).await, Ending::Ended);
}

#[tokio::test]
async fn force_cuts_both_directions() {
    let mut world = World::begin(Protocol::WebSocket, &Settings::default(), 4);
    let (mut reader, mut writer) = tokio::io::split(world.application);
    let reading = tokio::spawn(async move { reader.read_u8().await });
    let writing = tokio::spawn(async move { writer.write_all(&[0; 1000]).await });
    world.peer.read_u8().await.unwrap();
    enter(&world.shared, Phase::Force);
    assert_eq!(ending(world.guardian).await, Ending::Cut(Class::Upgrade));
    assert!(world.reset.load(Relaxed));
    let read = reading.await.unwrap().unwrap_err();
    let wrote = writing.await.unwrap().unwrap_err();
    assert_eq!(read.kind(), ErrorKind::ConnectionReset);
    assert_eq!(wrote.kind(), ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn a_peer_that_takes_no_bytes_is_cut() {
    let impatient = Settings {
        write_stall: Duration::from_millis(50),
        ..Settings::default()
    };
    let mut world = World::begin(Protocol::Raw, &impatient, 4);
    let writing = tokio::spawn(async move { world.application.write_all(&[0; 1000]).await });
    assert_eq!(ending(world.guardian).await, Ending::Cut(Class::Upgrade));
    writing.await.unwrap().unwrap_err();
    assert_eq!(world.peer.read(&mut [0; 10]).await.unwrap(), 4);
}

#[tokio::test]
async fn a_connection_that_nobody_upgraded_is_closed_in_order_whoever_holds_it() {
    let mut world = World::begin(Protocol::Raw, &Settings::default(), 64);
    world.tether.dismiss();
    world
        .application
        .write_all(b"garbage")
        .await
        .expect_err("not the application's");
    world.peer.write_all(b"late").await.unwrap();
    let mut seen = Vec::new();
    world.peer.read_to_end(&mut seen).await.unwrap();
    assert_eq!(seen, b"");
    drop(world.peer);
    assert_eq!(ending(world.guardian).await, Ending::Ended);
    assert!(world.tether.late_bytes());
}

#[tokio::test]
async fn a_peer_that_does_not_close_is_left_after_the_linger() {
    let settings = Settings {
        linger: Duration::from_millis(50),
        ..Settings::default()
    };
    let mut world = World::begin(Protocol::Raw, &settings, 5);
    drop(world.application);
    assert_eq!(ending(world.guardian).await, Ending::Ended);
    assert_eq!(world.peer.read(&mut [0; 1]).await.unwrap(), 0);
}
