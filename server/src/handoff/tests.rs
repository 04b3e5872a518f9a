//! Both sides in one process, over real sockets; a killed process is one whose sockets are dropped.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener as StdUnixListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::join_all;
use tempfile::TempDir;
use tokio::task::{JoinHandle, yield_now};
use tokio::time::timeout;

use super::candidate::{Patience, is_trusted};
use super::control::{Call, ControlSocket, connect};
use super::link::{Inbox, Link};
use super::message::Message;
use super::successor::take_over_within;
use super::*;

mod moving;
mod paths;
mod strangers;
mod succession;

/// Longer than any test takes; only a failing one gets there.
const LIMIT: Duration = Duration::from_secs(20);

/// A deadline that is meant to pass.
const SOON: Duration = Duration::from_millis(60);

struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("handoff")
    }
}

fn patient() -> Patience {
    Patience {
        handshake: LIMIT,
        ready: LIMIT,
        stall: LIMIT,
    }
}

fn listener() -> TcpListener {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    listener
}

/// A predecessor with `path`, waiting for a successor.
fn wait_for_successor(mut control: Control) -> JoinHandle<(Control, Successor, SocketAddr)> {
    let listener = listener();
    tokio::spawn(async move {
        let successor = control.successor(listener.as_fd()).await;
        (control, successor, listener.local_addr().unwrap())
    })
}

async fn within<T>(future: impl Future<Output = T>) -> T {
    timeout(LIMIT, future).await.unwrap()
}

async fn claim(path: &Path) -> Claim {
    inherit(path).await.claim
}

async fn inherit(path: &Path) -> Inheritance {
    within(take_over(path)).await.unwrap().unwrap()
}

/// A predecessor and its successor in office.
async fn in_office(path: &Path, patience: Patience) -> (Control, Successor, Arrivals) {
    let control = Control::bind_with(path, patience).unwrap();
    let waiting = wait_for_successor(control);
    let claim = claim(path).await;
    let arrivals = within(claim.ready()).await.unwrap();
    let (control, successor, _) = within(waiting).await.unwrap();
    (control, successor, arrivals)
}

/// The client's end of a connection, and the connection as the predecessor gives it away.
fn connection(number: u32) -> (TcpStream, Parcel) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    connection_to(&listener, number)
}

fn connection_to(listener: &TcpListener, number: u32) -> (TcpStream, Parcel) {
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (stream, peer) = listener.accept().unwrap();
    stream.set_nonblocking(true).unwrap();
    let parcel = Parcel {
        stream,
        prefix: Bytes::from(prefix(number)),
        facts: ParcelFacts {
            peer,
            greeted: number % 2 == 1,
            requests: number,
            header_age: number
                .is_multiple_of(3)
                .then(|| Duration::from_millis(number.into())),
        },
    };
    (client, parcel)
}

/// Most connections are quiet; some have a byte or many.
fn prefix(number: u32) -> Vec<u8> {
    let length = match number % 50 {
        1 => 1,
        2 => 700,
        3 => 60 * 1024,
        _ => 0,
    };
    (0..length)
        .map(|index| u8::try_from((index + number) % 251).unwrap())
        .collect()
}

fn connections(count: u32) -> (Vec<TcpStream>, Vec<Parcel>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    (0..count)
        .map(|number| connection_to(&listener, number))
        .unzip()
}

/// Bytes go both ways between the client and whoever has the connection now.
fn converse(client: &mut TcpStream, parcel: &Parcel) {
    client.set_read_timeout(Some(LIMIT)).unwrap();
    let mut stream = &parcel.stream;
    client.write_all(b"ping").unwrap();
    let mut bytes = [0; 4];
    // On loopback, what was written is there to read.
    stream.read_exact(&mut bytes).unwrap();
    assert_eq!(&bytes, b"ping");
    stream.write_all(b"pong").unwrap();
    client.read_exact(&mut bytes).unwrap();
    assert_eq!(&bytes, b"pong");
}

fn offer_all(successor: &Successor, parcels: Vec<Parcel>) -> Vec<JoinHandle<Result<(), Parcel>>> {
    parcels
        .into_iter()
        .map(|parcel| {
            let successor = successor.clone();
            tokio::spawn(async move { successor.offer(parcel).await })
        })
        .collect()
}

async fn outcomes(offers: Vec<JoinHandle<Result<(), Parcel>>>) -> Vec<Result<(), Parcel>> {
    within(join_all(offers))
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect()
}

/// Another program's end of a link to `path`.
fn stranger(path: &Path) -> Link {
    match connect(path).unwrap() {
        Call::Answered(socket) => Link::new(socket).unwrap(),
        other => panic!("{other:?}"),
    }
}

fn say(link: &Link, message: &Message) {
    let mut bytes = Vec::new();
    message.encode(&mut bytes);
    link.send_now(&bytes, None).unwrap();
}

async fn hear(link: &Link) -> Option<Message> {
    let packet = within(link.recv(&mut Inbox::new())).await.unwrap();
    packet.map(|packet| packet.message)
}

const HELLO: Message = Message::Hello {
    oldest: 1,
    newest: 1,
    pid: 1,
};

/// A successor by hand, in office.
async fn puppet(path: &Path, patience: Patience) -> (Control, Successor, Link) {
    let waiting = wait_for_successor(Control::bind_with(path, patience).unwrap());
    let link = stranger(path);
    say(&link, &HELLO);
    assert!(matches!(hear(&link).await, Some(Message::Welcome { .. })));
    say(&link, &Message::Ready);
    assert_eq!(hear(&link).await, Some(Message::Confirmed));
    let (control, successor, _) = within(waiting).await.unwrap();
    (control, successor, link)
}

/// A predecessor by hand, whose successor is in office.
async fn puppet_predecessor(path: &Path) -> (Link, Arrivals) {
    let mut socket = ControlSocket::bind(path).unwrap();
    let listener = listener();
    let predecessor = async {
        let link = socket.accept().await;
        assert!(matches!(hear(&link).await, Some(Message::Hello { .. })));
        let mut bytes = Vec::new();
        Message::Welcome { version: 1, pid: 1 }.encode(&mut bytes);
        link.send_now(&bytes, Some(listener.as_fd())).unwrap();
        assert_eq!(hear(&link).await, Some(Message::Ready));
        say(&link, &Message::Confirmed);
        link
    };
    let successor = async { within(claim(path).await.ready()).await.unwrap() };
    tokio::join!(predecessor, successor)
}

fn send_connection(link: &Link, id: u32, parcel: &Parcel, descriptor: Option<BorrowedFd<'_>>) {
    let message = Message::Connection {
        id,
        facts: parcel.facts,
        prefix: parcel.prefix.clone(),
    };
    let mut bytes = Vec::new();
    message.encode(&mut bytes);
    link.send_now(&bytes, descriptor).unwrap();
}
