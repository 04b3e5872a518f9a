//! The connection's socket, watched: every byte in and out is noted, and shutting down means
//! half-closing and reading on to the peer's end, so that bytes it still sends do not reset the
//! response it still reads.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::activity::Activity;

#[derive(Debug)]
pub(crate) struct WatchedIo {
    stream: TcpStream,
    activity: Arc<Activity>,
    peer_closed: bool,
}

impl WatchedIo {
    pub(crate) fn new(stream: TcpStream, activity: Arc<Activity>) -> Self {
        Self {
            stream,
            activity,
            peer_closed: false,
        }
    }

    /// Closes with a reset, so that a peer cannot take a cut response for a whole one.
    pub(crate) fn reset(self) {
        if let Err(error) = self.stream.set_zero_linger() {
            tracing::debug!(%error, "failed to reset a connection; closing it instead");
        }
    }

    fn note_write(&self, outcome: &Poll<io::Result<usize>>) {
        match outcome {
            Poll::Ready(Ok(1..)) => self.activity.wrote(Instant::now()),
            Poll::Ready(_) => {}
            Poll::Pending => self.activity.write_blocked(Instant::now()),
        }
    }

    fn poll_peer_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut scratch = [0_u8; 4096];
        while !self.peer_closed {
            let mut late = ReadBuf::new(&mut scratch);
            ready!(Pin::new(&mut *self).poll_read(cx, &mut late))?;
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for WatchedIo {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let outcome = Pin::new(&mut self.stream).poll_read(cx, buf);
        match &outcome {
            Poll::Ready(Ok(())) => match &buf.filled()[before..] {
                [] => self.peer_closed = buf.remaining() > 0,
                bytes => self.activity.read(bytes, Instant::now()),
            },
            Poll::Ready(Err(_)) => self.peer_closed = true,
            Poll::Pending => self.activity.read_blocked(Instant::now()),
        }
        outcome
    }
}

impl AsyncWrite for WatchedIo {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.note_write(&outcome);
        outcome
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.note_write(&outcome);
        outcome
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
        self.activity.flushed(Instant::now());
        Poll::Ready(Ok(()))
    }

    /// Sends FIN, then reads and discards until the peer's. The driver bounds the wait.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.activity.is_closing() {
            ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
            self.activity.closing(Instant::now());
        }
        self.poll_peer_close(cx)
    }
}
