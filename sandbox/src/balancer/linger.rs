//! A client's socket whose closing does not destroy the last answer on it.
//!
//! Whoever closes a socket on which bytes are still arriving resets it, and the peer may lose an answer that it has not read
//! yet: to a large upload that is refused early, for one. So closing means: send FIN, read on to the peer's, for a while.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

use super::carrier::Carrier;

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
    /// Told of every byte while hyper speaks HTTP/1.1 on it.
    carrier: Option<Arc<Carrier>>,
    /// Whether something was written that belongs to no answer.
    muted: bool,
    /// Whether the client may still talk after the FIN, and is heard.
    half_closes: bool,
}

impl Lingering {
    pub(super) fn new(stream: TcpStream, read: Bytes, linger: Duration) -> Self {
        Self {
            stream,
            read,
            linger,
            patience: None,
            carrier: None,
            muted: false,
            half_closes: false,
        }
    }

    /// From now on the carrier is told of every byte, and nothing is written but answers.
    pub(super) fn carried_by(mut self, carrier: Arc<Carrier>) -> Self {
        self.carrier = Some(carrier);
        self
    }

    /// hyper is done with it. Tells whether hyper had something to say that was no answer; it has not been sent.
    pub(super) fn release(&mut self) -> bool {
        self.carrier = None;
        self.muted
    }

    /// From now on its shutdown is that of the writing half only: whoever reads goes on reading.
    pub(super) fn half_closing(mut self) -> Self {
        self.half_closes = true;
        self
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

impl Lingering {
    fn is_mute(&mut self) -> bool {
        let mute = self.carrier.as_ref().is_some_and(|c| !c.has_answer());
        self.muted |= mute;
        mute
    }

    /// Tells the carrier how writing went.
    fn note(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Some(carrier) = &self.carrier {
            carrier.block(written.is_pending());
            if written.is_ready() {
                carrier.touch();
            }
        }
        written
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
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        if let Some(carrier) = &self.carrier
            && buf.filled().len() > before
        {
            carrier.touch();
        }
        read
    }
}

impl AsyncWrite for Lingering {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.is_mute() {
            return Poll::Ready(Ok(buf.len()));
        }
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.note(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.is_mute() {
            return Poll::Ready(Ok(bufs.iter().map(|buf| buf.len()).sum()));
        }
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.note(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(carrier) = &self.carrier {
            carrier.flushed();
        }
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.half_closes {
            return Pin::new(&mut self.stream).poll_shutdown(cx);
        }
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
