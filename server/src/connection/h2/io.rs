//! The connection's bytes, watched in both directions, with the hold in between.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use super::activity::{Activity, Task};
use super::frames::{Frames, goaway};
use super::hold::Hold;
use crate::connection::transport::Transport;

#[derive(Debug)]
pub(super) struct WatchedIo {
    transport: Transport,
    /// Bytes that were read ahead.
    prefix: Bytes,
    activity: Arc<Activity>,
    inbound: Frames,
    outbound: Frames,
    hold: HoldAt,
    peer_closed: bool,
    failed: bool,
}

/// Most connections never come to it, so it is on the heap.
#[derive(Debug)]
enum HoldAt {
    Before,
    Now(Box<Hold>),
    Over,
}

impl WatchedIo {
    pub(super) fn new(transport: Transport, prefix: Bytes, activity: Arc<Activity>) -> Self {
        Self {
            transport,
            prefix,
            activity,
            inbound: Frames::of_client(),
            outbound: Frames::of_server(),
            hold: HoldAt::Before,
            peer_closed: false,
            failed: false,
        }
    }

    fn attend(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        let task = self.activity.task();
        if task == Task::Fail {
            self.say_last_words(cx);
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        if task >= Task::Hold && matches!(self.hold, HoldAt::Before) {
            self.hold = HoldAt::Now(Box::new(Hold::begin(&self.inbound)));
        }
        if task == Task::Release
            && let HoldAt::Now(hold) = &mut self.hold
        {
            hold.release(&self.inbound);
        }
        Ok(())
    }

    /// Tells the client which requests it may safely send again, if the socket takes it at once.
    /// Who takes nothing is reset: what lies ready for it would outlive the connection.
    fn say_last_words(&mut self, cx: &mut Context<'_>) {
        if std::mem::replace(&mut self.failed, true) {
            return;
        }
        let last_words = goaway(self.activity.facts().last_stream());
        let said = self.outbound.at_boundary()
            && Pin::new(&mut self.transport)
                .poll_write(cx, &last_words)
                .is_ready()
            && Pin::new(&mut self.transport).poll_flush(cx).is_ready();
        if !said && let Err(error) = self.transport.tcp().set_zero_linger() {
            tracing::debug!(%error, "failed to reset a connection; closing it instead");
        }
    }

    fn poll_bytes(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.prefix.is_empty() {
            return Pin::new(&mut self.transport).poll_read(cx, buf);
        }
        let given = self.prefix.len().min(buf.remaining());
        buf.put_slice(&self.prefix[..given]);
        self.prefix.advance(given);
        if self.prefix.is_empty() {
            self.prefix = Bytes::new();
        }
        Poll::Ready(Ok(()))
    }

    /// Whether there was something to give.
    fn give_held(&mut self, buf: &mut ReadBuf<'_>) -> bool {
        let HoldAt::Now(hold) = &mut self.hold else {
            return false;
        };
        let given = hold.give(buf.remaining(), |bytes| buf.put_slice(bytes));
        if hold.is_over() {
            self.hold = HoldAt::Over;
        }
        given > 0
    }

    /// Notes what has come and, under the hold, takes it away.
    fn note_read(&mut self, bytes: &[u8]) {
        let now = Instant::now();
        let mut facts = self.activity.facts();
        if let HoldAt::Now(hold) = &mut self.hold {
            hold.take(&mut self.inbound, bytes, |frame| facts.received(frame, now));
            if hold.answered() {
                facts.answered(now);
            }
        } else {
            self.inbound.each(bytes, |frame| facts.received(frame, now));
        }
        facts.read(self.inbound.is_in_preamble(), now);
    }

    fn note_write<'b>(
        &mut self,
        bufs: impl Iterator<Item = &'b [u8]>,
        outcome: &Poll<io::Result<usize>>,
    ) {
        let now = Instant::now();
        let mut facts = self.activity.facts();
        let mut left = match outcome {
            Poll::Ready(Ok(taken)) => *taken,
            Poll::Ready(Err(_)) => return,
            Poll::Pending => return facts.write_blocked(now),
        };
        let mut message = false;
        for buf in bufs {
            let taken = left.min(buf.len());
            self.outbound.each(&buf[..taken], |frame| {
                message |= frame.is_message();
                facts.sent(frame, now);
            });
            left -= taken;
        }
        facts.wrote(message || self.outbound.is_in_message(), now);
    }

    fn poll_peer_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut scratch = [0_u8; 4096];
        while !self.peer_closed {
            let mut late = ReadBuf::new(&mut scratch);
            ready!(Pin::new(&mut self.transport).poll_read(cx, &mut late))?;
            self.peer_closed = late.filled().is_empty();
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
        let me = &mut *self;
        me.attend(cx)?;
        loop {
            if me.give_held(buf) {
                return Poll::Ready(Ok(()));
            }
            let before = buf.filled().len();
            ready!(me.poll_bytes(cx, buf))?;
            let bytes = &buf.filled()[before..];
            if bytes.is_empty() {
                me.peer_closed = buf.remaining() > 0;
                if let HoldAt::Now(hold) = &mut me.hold {
                    hold.end();
                }
                me.give_held(buf);
                return Poll::Ready(Ok(()));
            }
            me.note_read(bytes);
            if !matches!(me.hold, HoldAt::Now(_)) {
                return Poll::Ready(Ok(()));
            }
            buf.set_filled(before);
        }
    }
}

impl AsyncWrite for WatchedIo {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.attend(cx)?;
        let outcome = Pin::new(&mut self.transport).poll_write(cx, buf);
        self.note_write(std::iter::once(buf), &outcome);
        outcome
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.attend(cx)?;
        let outcome = Pin::new(&mut self.transport).poll_write_vectored(cx, bufs);
        self.note_write(bufs.iter().map(|buf| &**buf), &outcome);
        outcome
    }

    fn is_write_vectored(&self) -> bool {
        self.transport.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.transport).poll_flush(cx)
    }

    /// Sends FIN, then reads and discards until the peer's, so that bytes it still sends do not
    /// reset the responses it still reads. The driver bounds the wait.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.attend(cx)?;
        if !self.activity.facts().is_closing() {
            ready!(Pin::new(&mut self.transport).poll_shutdown(cx))?;
            self.activity.facts().close(Instant::now());
        }
        self.poll_peer_close(cx)
    }
}
