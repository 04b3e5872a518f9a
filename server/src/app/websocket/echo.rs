//! One session: sends back each message until either side is done.

use std::pin::{Pin, pin};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::io::{self, AsyncWriteExt};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

/// Largest message, and largest frame of one. Both buffers of a session follow from it.
const LARGEST: usize = 64 << 10;

/// What a session reads at a time: small, because most sessions are silent most of the time.
const READ_BUFFER: usize = 4 << 10;

/// How long the peer may take to accept a message, and to answer a close.
const PATIENCE: Duration = Duration::from_secs(5);

type Socket = WebSocketStream<TokioIo<Upgraded>>;

/// Why a session ends.
#[derive(Debug)]
enum End {
    /// The server leaves.
    Leaving,
    /// The peer said close, and has been answered.
    Closed,
    /// The peer takes no more bytes.
    Stalled,
    /// The peer broke a rule, or is gone.
    Fault(Error),
}

/// Waits for the connection to become a WebSocket, serves it, closes it.
pub(super) async fn serve(upgrade: OnUpgrade, leaving: impl Future<Output = ()>) {
    let upgraded = match upgrade.await {
        Ok(upgraded) => TokioIo::new(upgraded),
        Err(error) => {
            tracing::debug!(%error, "a connection did not become a WebSocket");
            return;
        }
    };
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_write_buffer_size(2 * LARGEST)
        .max_message_size(Some(LARGEST))
        .max_frame_size(Some(LARGEST));
    let mut socket = WebSocketStream::from_raw_socket(upgraded, Role::Server, Some(config)).await;
    let end = echo(&mut socket, pin!(leaving)).await;
    tracing::debug!(?end, "a WebSocket ends");
    if timeout(PATIENCE, close(socket, &end)).await.is_err() {
        tracing::debug!("a WebSocket's peer did not close in time");
    }
}

/// The server's leaving interrupts the wait for a message only: what has been read is sent back.
async fn echo(socket: &mut Socket, mut leaving: Pin<&mut impl Future<Output = ()>>) -> End {
    loop {
        let message = tokio::select! {
            biased;
            () = leaving.as_mut() => return End::Leaving,
            message = socket.next() => message,
        };
        let answer = match message {
            Some(Ok(message @ (Message::Text(_) | Message::Binary(_)))) => message,
            // Pings are answered by the socket itself, as is the peer's close.
            Some(Ok(_)) => continue,
            Some(Err(error)) => return End::Fault(error),
            None => return End::Closed,
        };
        match timeout(PATIENCE, socket.send(answer)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return End::Fault(error),
            Err(_) => return End::Stalled,
        }
    }
}

/// RFC 6455, 7.4.1. `None`: nothing can or need be said.
fn farewell(end: &End) -> Option<CloseFrame> {
    let (code, reason) = match end {
        End::Leaving => (CloseCode::Away, "leaving"),
        End::Fault(Error::Capacity(_)) => (CloseCode::Size, "at most 64 KiB"),
        End::Fault(Error::Utf8(_)) => (CloseCode::Invalid, "not UTF-8"),
        End::Fault(Error::Protocol(_)) => (CloseCode::Protocol, "protocol error"),
        End::Fault(_) | End::Closed | End::Stalled => return None,
    };
    Some(CloseFrame {
        code,
        reason: reason.into(),
    })
}

/// Says why, waits for the peer's close, and ends the connection the way that loses nothing: with a
/// FIN, reading on to the peer's. What a peer does wrong here matters no more.
async fn close(mut socket: Socket, end: &End) {
    if let Some(farewell) = farewell(end) {
        let _closed = socket.close(Some(farewell)).await;
        while let Some(Ok(_)) = socket.next().await {}
    }
    let mut connection = socket.into_inner();
    if connection.shutdown().await.is_ok() {
        let _end = io::copy(&mut connection, &mut io::sink()).await;
    }
}
