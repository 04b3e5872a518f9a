//! A client's socket whose closing does not destroy the last answer on it.
//!
//! Whoever closes a socket on which bytes are still arriving resets it, and the peer may lose an answer that it has not read
//! yet: to a large upload that is refused early, for one. So closing means: send FIN, read on to the peer's, for a while.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

/// The socket.
#[derive(Debug)]
pub(super) struct Lingering {
    stream: TcpStream,
    /// Read already, and still to be read from here.
    read: Bytes,
    /// Longest wait for the client's FIN.
    linger: Duration,
    /// Set once the FIN is sent.
    patience: Option<Pin<Box<Sleep>>>,
}

impl Lingering {
    pub(super) fn new(stream: TcpStream, read: Bytes, linger: Duration) -> Self {
        Self {
            stream,
            read,
            linger,
            patience: None,
        }
    }

    /// Gives back what was read too much.
    pub(super) fn unread(&mut self, bytes: Bytes) {
        self.read = [bytes, std::mem::take(&mut self.read)].concat().into();
    }

    fn poll_peer_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut scratch = [0_u8; 4096];
        loop {
            let mut late = ReadBuf::new(&mut scratch);
            let read = Pin::new(&mut self.stream).poll_read(cx, &mut late);
            if ready!(read).is_err() || late.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl AsyncRead for Lingering {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.read.is_empty() {
            let fitting = self.read.len().min(buf.remaining());
            buf.put_slice(&self.read[..fitting]);
            self.read.advance(fitting);
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Lingering {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.patience.is_none() {
            ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
            self.patience = Some(Box::pin(tokio::time::sleep(self.linger)));
        }
        // Bytes that never stop must not hold the timer up, so it is asked first.
        let patience = self
            .patience
            .as_mut()
            .map(|patience| patience.as_mut().poll(cx));
        if patience.is_some_and(|patience| patience.is_ready()) {
            return Poll::Ready(Ok(()));
        }
        self.poll_peer_close(cx)
    }
}
