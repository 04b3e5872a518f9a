//! The connection's socket, watched: every byte in and out is noted, and shutting down means
//! half-closing and reading on to the peer's end, so that bytes it still sends do not reset the
//! response it still reads.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::activity::Activity;
use crate::connection::transport::Transport;
use crate::connection::upgrade::{Tether, UpgradedIo};

/// A response up to this size is copied into one piece: that, and one `send(2)`, costs less than a
/// `writev(2)` does.
const GATHERED: usize = 1024;

/// Where the bytes go.
#[derive(Debug)]
enum Below {
    Direct(Transport),
    /// Since an upgrade was offered.
    Tethered(UpgradedIo<Transport>),
}

#[derive(Debug)]
pub(crate) struct WatchedIo {
    below: Below,
    /// Whether HTTP is spoken: what comes after an upgrade is the application's.
    http: bool,
    /// Bytes read before there was an HTTP connection; hyper gets them first.
    prefix: Bytes,
    activity: Arc<Activity>,
    peer_closed: bool,
}

macro_rules! on_below {
    ($below:expr, $io:ident => $call:expr) => {
        match $below {
            Below::Direct($io) => $call,
            Below::Tethered($io) => $call,
        }
    };
}

impl WatchedIo {
    pub(crate) fn new(stream: Transport, prefix: Bytes, activity: Arc<Activity>) -> Self {
        Self {
            below: Below::Direct(stream),
            http: true,
            prefix,
            activity,
            peer_closed: false,
        }
    }

    /// The bytes below, and those that nobody has asked for yet.
    pub(crate) fn into_parts(self) -> (Option<Transport>, Bytes) {
        let stream = match self.below {
            Below::Direct(stream) => Some(stream),
            Below::Tethered(io) => io.into_inner(),
        };
        (stream, self.prefix)
    }

    fn note_write(&mut self, outcome: &Poll<io::Result<usize>>) {
        match outcome {
            _ if !self.http => {}
            Poll::Ready(Ok(1..)) => self.activity.wrote(),
            Poll::Ready(_) => {}
            Poll::Pending => self.note_blocked(),
        }
    }

    fn note_read(&mut self, outcome: &Poll<io::Result<()>>, bytes: &[u8], room: bool) {
        match outcome {
            _ if !self.http => {}
            Poll::Ready(Ok(())) if bytes.is_empty() => self.peer_closed = room,
            Poll::Ready(Ok(())) => self.activity.read(bytes),
            Poll::Ready(Err(_)) => self.peer_closed = true,
            Poll::Pending => self.activity.read_blocked(),
        }
    }

    fn note_blocked(&mut self) {
        self.activity.write_blocked();
        if let Some(tether) = self.activity.tether() {
            self.tie(&tether);
        }
    }

    fn note_flush(&mut self) {
        if let Some(tether) = self.activity.flushed() {
            self.http = !tether.has_begun();
            self.tie(&tether);
        }
    }

    /// Once an upgrade has been offered, hyper may give this away.
    fn tie(&mut self, tether: &Arc<Tether<Transport>>) {
        if let Below::Direct(_) = &self.below {
            let tied = Below::Tethered(UpgradedIo::new(Arc::clone(tether)));
            if let Below::Direct(stream) = std::mem::replace(&mut self.below, tied) {
                tether.attach(stream);
            }
        }
    }

    fn read_prefix(&mut self, buf: &mut ReadBuf<'_>) {
        let taken = self.prefix.len().min(buf.remaining());
        buf.put_slice(&self.prefix[..taken]);
        if self.http {
            self.activity.read(&self.prefix[..taken]);
        }
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

/// The bytes of all `bufs` in one piece, if they are few.
fn gather<'r>(bufs: &[IoSlice<'_>], room: &'r mut [u8; GATHERED]) -> Option<&'r [u8]> {
    let mut end = 0;
    for buf in bufs {
        let place = room.get_mut(end..end + buf.len())?;
        place.copy_from_slice(buf);
        end += buf.len();
    }
    Some(&room[..end])
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
        let outcome = on_below!(&mut self.below, io => Pin::new(io).poll_read(cx, buf));
        let room = buf.remaining() > 0;
        self.note_read(&outcome, &buf.filled()[before..], room);
        outcome
    }
}

impl AsyncWrite for WatchedIo {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let outcome = on_below!(&mut self.below, io => Pin::new(io).poll_write(cx, buf));
        self.note_write(&outcome);
        outcome
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut room = [0; GATHERED];
        let outcome = match (gather(bufs, &mut room), &mut self.below) {
            (Some(small), Below::Direct(stream)) => Pin::new(stream).poll_write(cx, small),
            (_, below) => on_below!(below, io => Pin::new(io).poll_write_vectored(cx, bufs)),
        };
        self.note_write(&outcome);
        outcome
    }

    fn is_write_vectored(&self) -> bool {
        on_below!(&self.below, io => io.is_write_vectored())
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = on_below!(&mut self.below, io => Pin::new(io).poll_flush(cx));
        match outcome {
            _ if !self.http => {}
            Poll::Ready(Ok(())) => self.note_flush(),
            Poll::Ready(Err(_)) => {}
            // TLS keeps bytes of its own that a peer may leave untaken.
            Poll::Pending => self.note_blocked(),
        }
        outcome
    }

    /// Sends FIN, then reads and discards until the peer's. The driver bounds the wait. The
    /// application that has upgraded the connection reads for itself.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.http || !self.activity.is_closing() {
            ready!(on_below!(&mut self.below, io => Pin::new(io).poll_shutdown(cx)))?;
        }
        if !self.http {
            return Poll::Ready(Ok(()));
        }
        self.activity.closing();
        self.poll_peer_close(cx)
    }
}
