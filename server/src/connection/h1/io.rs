//! The connection's socket, watched: every byte in and out is noted, and shutting down means
//! half-closing and reading on to the peer's end, so that bytes it still sends do not reset the
//! response it still reads.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use super::activity::Activity;
use crate::connection::transport::Transport;

#[derive(Debug)]
pub(crate) struct WatchedIo {
    stream: Transport,
    /// Bytes read before there was an HTTP connection; hyper gets them first.
    prefix: Bytes,
    activity: Arc<Activity>,
    peer_closed: bool,
}

impl WatchedIo {
    pub(crate) fn new(stream: Transport, prefix: Bytes, activity: Arc<Activity>) -> Self {
        Self {
            stream,
            prefix,
            activity,
            peer_closed: false,
        }
    }

    /// The bytes below, and those that nobody has asked for yet.
    pub(crate) fn into_parts(self) -> (Transport, Bytes) {
        (self.stream, self.prefix)
    }

    fn note_write(&self, outcome: &Poll<io::Result<usize>>) {
        match outcome {
            Poll::Ready(Ok(1..)) => self.activity.wrote(Instant::now()),
            Poll::Ready(_) => {}
            Poll::Pending => self.activity.write_blocked(Instant::now()),
        }
    }

    fn read_prefix(&mut self, buf: &mut ReadBuf<'_>) {
        let taken = self.prefix.len().min(buf.remaining());
        buf.put_slice(&self.prefix[..taken]);
        self.activity.read(&self.prefix[..taken], Instant::now());
        self.prefix.advance(taken);
        if self.prefix.is_empty() {
            // The buffer behind it is larger than what it held.
            self.prefix = Bytes::new();
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
        if !self.prefix.is_empty() {
            self.read_prefix(buf);
            return Poll::Ready(Ok(()));
        }
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
        // TLS keeps bytes of its own that a peer may leave untaken.
        if Pin::new(&mut self.stream).poll_flush(cx)?.is_pending() {
            self.activity.write_blocked(Instant::now());
            return Poll::Pending;
        }
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
