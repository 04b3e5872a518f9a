//! The application's side of an upgraded connection. It is what hyper hands out, so it must bear
//! whatever the application does with it.
//!
//! Until the connection is ended it is the socket. Then
//!
//! - a WebSocket's bytes go out up to the end of the frame that has begun, the guardian's Close
//!   frame follows, and whatever the application writes after it is taken and dropped: the
//!   application has not done anything wrong, and finds the peer's answer to the Close where it
//!   reads;
//! - of any other protocol nobody but the application knows how to end it: what has arrived is
//!   read, then reading reports the end of the stream, as if the peer had closed its side. Writing
//!   goes on, so that the application can finish what it is saying.
//!
//! When the connection is cut both directions fail.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::held::{Gate, Held};
use super::socket::Socket;
use super::tether::Tether;

#[derive(Debug)]
pub(crate) struct UpgradedIo<T>(Arc<Tether<T>>);

impl<T> UpgradedIo<T> {
    pub(crate) fn new(tether: Arc<Tether<T>>) -> Self {
        Self(tether)
    }

    /// The socket, if it is still there.
    pub(crate) fn into_inner(self) -> Option<T> {
        self.0.take()
    }
}

impl<T> Drop for UpgradedIo<T> {
    fn drop(&mut self) {
        self.0.hold(Held::release);
    }
}

impl<T: Socket> AsyncRead for UpgradedIo<T> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.0.hold(|held| poll_read(held, cx, buf))
    }
}

impl<T: Socket> AsyncWrite for UpgradedIo<T> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.0.hold(|held| poll_write(held, cx, buf))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.hold(|held| poll_flush(held, cx))
    }

    /// Only the writing side: the application may read on.
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.hold(|held| {
            ready!(poll_flush(held, cx))?;
            held.shut();
            Poll::Ready(Ok(()))
        })
    }
}

fn poll_read<T: Socket>(
    held: &mut Held<T>,
    cx: &mut Context<'_>,
    buf: &mut ReadBuf<'_>,
) -> Poll<io::Result<()>> {
    let enough = held.has_read_enough();
    let Some(stream) = stream(held) else {
        return Poll::Ready(Err(cut()));
    };
    if enough {
        return Poll::Ready(Ok(()));
    }
    let before = buf.filled().len();
    let outcome = Pin::new(stream).poll_read(cx, buf);
    match &outcome {
        Poll::Pending if held.reading_ends() => return Poll::Ready(Ok(())),
        Poll::Pending => held.read_blocked(cx.waker()),
        Poll::Ready(_) => held.read(buf.filled().len() - before),
    }
    outcome
}

fn poll_write<T: Socket>(
    held: &mut Held<T>,
    cx: &mut Context<'_>,
    buf: &[u8],
) -> Poll<io::Result<usize>> {
    if held.is_shut() {
        return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
    }
    let gate = held.gate(buf);
    let Some(stream) = stream(held) else {
        return Poll::Ready(Err(cut()));
    };
    let outcome = match gate {
        Gate::Swallow => return Poll::Ready(Ok(buf.len())),
        Gate::Through(count) => Pin::new(stream).poll_write(cx, &buf[..count]),
    };
    match &outcome {
        Poll::Ready(Ok(count)) => held.wrote(&buf[..*count]),
        Poll::Ready(Err(_)) => {}
        Poll::Pending => held.write_blocked(cx.waker()),
    }
    outcome
}

fn poll_flush<T: Socket>(held: &mut Held<T>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
    let gate = held.gate(&[]);
    let Some(stream) = stream(held) else {
        return Poll::Ready(Err(cut()));
    };
    let outcome = match gate {
        Gate::Swallow => return Poll::Ready(Ok(())),
        Gate::Through(_) => Pin::new(stream).poll_flush(cx),
    };
    if outcome.is_pending() {
        held.write_blocked(cx.waker());
    }
    outcome
}

/// `None`: there is nothing here for the application.
fn stream<T>(held: &mut Held<T>) -> Option<&mut T> {
    if held.is_released() {
        return None;
    }
    held.stream.as_mut()
}

fn cut() -> io::Error {
    io::Error::new(
        io::ErrorKind::ConnectionReset,
        "the server has cut the connection",
    )
}
