//! What the two sides of a tether hold in common, and the rules between them.
//!
//! Neither takes the other's place at the socket, whose wakers are one per direction: the
//! application writes until a frame of its own is complete, and from the farewell on only the
//! guardian does; the guardian reads only what the application has left behind.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use tokio::io::ReadBuf;
use tokio::time::Instant;

use super::judge::View;
use super::socket::Socket;
use super::tether::Protocol;
use super::websocket::{GOING_AWAY, Outbound};

/// More than a receive buffer holds (`net.ipv4.tcp_rmem` ends at 6 MiB by default): what had
/// arrived before the end is read, and a peer that goes on sending is not read for ever.
const ARRIVED_AT_MOST: usize = 8 << 20;

#[derive(Debug)]
pub(super) struct Held<T> {
    /// `None`: not there yet, or gone by a cut or an error.
    pub(super) stream: Option<T>,
    speech: Speech,
    ended: bool,
    /// What the guardian has yet to send.
    outbox: &'static [u8],
    /// Whether that may still be above the socket, in a TLS session.
    unflushed: bool,
    /// The application has shut its writing side down.
    shut: bool,
    /// The application has let go of its side, or nothing on it is for the application.
    released: bool,
    fin_sent: bool,
    closing: Option<Instant>,
    /// Bytes that arrived when nobody would read them.
    late_bytes: bool,
    writing_since: Option<Instant>,
    write_stall: Duration,
    /// When the guardian will look again.
    alarm: Option<Instant>,
    reader: Option<Waker>,
    writer: Option<Waker>,
    guardian: Option<Waker>,
    /// To be called when the lock is free.
    pub(super) due: Vec<Waker>,
}

#[derive(Debug)]
enum Speech {
    /// An upgrade has been offered and not been accepted so far.
    Http,
    WebSocket {
        outbound: Outbound,
        /// The guardian has closed the WebSocket: what the application writes is swallowed.
        farewell: bool,
    },
    Raw {
        /// How many bytes the application may still read after the end.
        arrived: usize,
    },
}

/// What becomes of bytes that the application writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gate {
    /// This many go to the peer.
    Through(usize),
    /// They are taken and dropped.
    Swallow,
}

impl<T> Held<T> {
    pub(super) fn new(write_stall: Duration) -> Self {
        Self {
            stream: None,
            speech: Speech::Http,
            ended: false,
            outbox: &[],
            unflushed: false,
            shut: false,
            released: false,
            fin_sent: false,
            closing: None,
            late_bytes: false,
            writing_since: None,
            write_stall,
            alarm: None,
            reader: None,
            writer: None,
            guardian: None,
            due: Vec::new(),
        }
    }

    pub(super) fn begin(&mut self, protocol: Protocol) {
        self.speech = match protocol {
            Protocol::WebSocket => Speech::WebSocket {
                outbound: Outbound::new(),
                farewell: false,
            },
            Protocol::Raw => Speech::Raw {
                arrived: ARRIVED_AT_MOST,
            },
        };
    }

    pub(super) fn has_begun(&self) -> bool {
        !matches!(self.speech, Speech::Http)
    }

    pub(super) fn end(&mut self) {
        self.ended = true;
        self.say_farewell();
        self.wake_application();
    }

    /// In the middle of a frame the farewell waits until `wrote` sees the frame's end. A side that
    /// has closed already has said its own.
    fn say_farewell(&mut self) {
        if let Speech::WebSocket { outbound, farewell } = &mut self.speech
            && self.ended
            && !*farewell
            && !self.shut
            && outbound.at_boundary()
            && !outbound.close_sent()
        {
            *farewell = true;
            self.outbox = &GOING_AWAY;
            self.unflushed = true;
            self.due.extend(self.guardian.take());
        }
    }

    pub(super) fn wake_application(&mut self) {
        self.due.extend(self.reader.take());
        self.due.extend(self.writer.take());
    }

    pub(super) fn gate(&self, bytes: &[u8]) -> Gate {
        match &self.speech {
            Speech::WebSocket { farewell: true, .. } => Gate::Swallow,
            Speech::WebSocket { outbound, .. } if self.ended && !outbound.close_sent() => {
                Gate::Through(outbound.rest_of_frame(bytes))
            }
            _ => Gate::Through(bytes.len()),
        }
    }

    pub(super) fn wrote(&mut self, bytes: &[u8]) {
        self.writing_since = None;
        if let Speech::WebSocket { outbound, .. } = &mut self.speech {
            outbound.feed(bytes);
        }
        self.say_farewell();
    }

    /// The guardian is only woken if it would look too late.
    pub(super) fn write_blocked(&mut self, waker: &Waker) {
        self.writer = Some(waker.clone());
        let since = *self.writing_since.get_or_insert_with(Instant::now);
        let deadline = since + self.write_stall;
        if self.alarm.is_none_or(|alarm| alarm > deadline) {
            self.due.extend(self.guardian.take());
        }
    }

    pub(super) fn read_blocked(&mut self, waker: &Waker) {
        self.reader = Some(waker.clone());
    }

    /// Whether the application has read all that it may.
    pub(super) fn has_read_enough(&self) -> bool {
        self.ended && matches!(self.speech, Speech::Raw { arrived: 0 })
    }

    pub(super) fn read(&mut self, bytes: usize) {
        if let Speech::Raw { arrived } = &mut self.speech
            && self.ended
        {
            *arrived = arrived.saturating_sub(bytes);
        }
    }

    /// Nothing is there to read. Whether that is the end, for good.
    pub(super) fn reading_ends(&mut self) -> bool {
        match &mut self.speech {
            Speech::Raw { arrived } if self.ended => {
                *arrived = 0;
                true
            }
            _ => false,
        }
    }

    pub(super) fn shut(&mut self) {
        self.shut = true;
        self.due.extend(self.guardian.take());
    }

    pub(super) fn is_shut(&self) -> bool {
        self.shut
    }

    pub(super) fn set_alarm(&mut self, at: Option<Instant>) {
        self.alarm = at;
    }

    pub(super) fn late_bytes(&self) -> bool {
        self.late_bytes
    }

    pub(super) fn is_released(&self) -> bool {
        self.released
    }

    pub(super) fn release(&mut self) {
        self.released = true;
        self.due.extend(self.guardian.take());
    }
}

impl<T: Socket> Held<T> {
    fn takes_bytes(&self) -> bool {
        self.stream.as_ref().is_some_and(Socket::takes_bytes)
    }

    /// A stall that is over is none: a write that the application has given up would otherwise
    /// count for ever.
    pub(super) fn view(&mut self, asked: Option<Instant>, now: Instant) -> View {
        // Until the new alarm is set, a write that blocks wakes the guardian.
        self.alarm = None;
        let overdue = |since| since + self.write_stall <= now;
        if self.writing_since.is_some_and(overdue) && self.takes_bytes() {
            self.writing_since = None;
        }
        View {
            asked,
            ended: self.ended,
            closing: self.closing,
            writing_since: self.writing_since,
        }
    }

    pub(super) fn poll_tend(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.guardian = Some(cx.waker().clone());
        let outcome = ready!(self.poll_parting(cx));
        if let Err(error) = outcome {
            tracing::debug!(%error, "an upgraded connection ended in an error");
        }
        self.stream = None;
        self.wake_application();
        Poll::Ready(())
    }

    fn poll_parting(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_outbox(cx))?;
        if self.released {
            self.closing.get_or_insert_with(Instant::now);
        }
        if self.released || self.shut {
            ready!(self.poll_fin(cx))?;
        }
        if self.released {
            return self.poll_peer_close(cx);
        }
        Poll::Pending
    }

    fn poll_outbox(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.unflushed {
            return Poll::Ready(Ok(()));
        }
        let pushed = self.poll_push(cx);
        match &pushed {
            Poll::Ready(_) => {
                self.unflushed = false;
                self.writing_since = None;
            }
            Poll::Pending => {
                self.writing_since.get_or_insert_with(Instant::now);
            }
        }
        pushed
    }

    fn poll_push(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(stream) = &mut self.stream else {
            return Poll::Ready(Ok(()));
        };
        while !self.outbox.is_empty() {
            let sent = ready!(Pin::new(&mut *stream).poll_write(cx, self.outbox))?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.outbox = &self.outbox[sent..];
            self.writing_since = None;
        }
        Pin::new(stream).poll_flush(cx)
    }

    fn poll_fin(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(stream) = &mut self.stream
            && !self.fin_sent
        {
            ready!(Pin::new(stream).poll_shutdown(cx))?;
            self.fin_sent = true;
        }
        Poll::Ready(Ok(()))
    }

    /// Reads and discards: bytes that nobody has read would turn the FIN into a reset, and that
    /// destroys what the peer has not read yet.
    fn poll_peer_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut scratch = [0_u8; 4096];
        while let Some(stream) = &mut self.stream {
            let mut late = ReadBuf::new(&mut scratch);
            ready!(Pin::new(stream).poll_read(cx, &mut late))?;
            if late.filled().is_empty() {
                break;
            }
            self.late_bytes = true;
        }
        Poll::Ready(Ok(()))
    }
}
