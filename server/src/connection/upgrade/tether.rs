//! The socket of a connection that is, or may be, upgraded, held by two: the application reads and writes through
//! `io`, the guardian speaks when the application does not, and closes. Each poll holds the lock
//! for one call of the socket that never waits; wakers are called when it is free again.
//!
//! Neither takes the other's place at the socket, whose wakers are one per direction: the
//! application writes until a frame of its own is complete, and from the farewell on only the
//! guardian does; the guardian reads only what the application has left behind.
//!
//! It begins when a request offers an upgrade, not when a response accepts it: hyper takes any
//! connection with an offer on it for upgraded when it ends, and gives the socket away without
//! closing it in order.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use super::judge::View;
use super::websocket::{GOING_AWAY, Outbound};
use crate::connection::transport::Transport;

/// More than a receive buffer holds (`net.ipv4.tcp_rmem` ends at 6 MiB by default): what had
/// arrived before the end is read, and a peer that goes on sending is not read for ever.
const ARRIVED_AT_MOST: usize = 8 << 20;

/// The byte stream below an upgraded connection.
pub(crate) trait Socket: AsyncRead + AsyncWrite + Unpin {
    /// Whether there is room for bytes to the peer.
    fn takes_bytes(&self) -> bool;

    /// Closes it so that the peer cannot take the end for a regular one.
    fn reset(self);
}

impl Socket for Transport {
    fn takes_bytes(&self) -> bool {
        let mut socket = [PollFd::new(self.tcp(), PollFlags::OUT)];
        poll(&mut socket, Some(&Timespec::default())).is_ok_and(|ready| ready > 0)
    }

    fn reset(self) {
        Transport::reset(self);
    }
}

/// What is spoken on the connection, as far as it decides how to end it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// A Close frame ends it.
    WebSocket,
    /// Unknown: the application is told that the peer has nothing more to say, and ends it.
    Raw,
}

#[derive(Debug)]
pub(crate) struct Tether<T>(Mutex<Held<T>>);

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
    due: Vec<Waker>,
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

impl<T> Tether<T> {
    pub(crate) fn new(write_stall: Duration) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Held {
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
        })))
    }

    pub(crate) fn attach(&self, stream: T) {
        self.hold(|held| held.stream = Some(stream));
    }

    /// The next byte is no longer HTTP.
    pub(crate) fn begin(&self, protocol: Protocol) {
        self.hold(|held| {
            held.speech = match protocol {
                Protocol::WebSocket => Speech::WebSocket {
                    outbound: Outbound::new(),
                    farewell: false,
                },
                Protocol::Raw => Speech::Raw {
                    arrived: ARRIVED_AT_MOST,
                },
            };
        });
    }

    /// Whether the connection has become something else than HTTP.
    pub(crate) fn has_begun(&self) -> bool {
        self.hold(|held| !matches!(held.speech, Speech::Http))
    }

    /// HTTP is over on a connection that nobody upgraded: it is to be closed, and not the
    /// application's even if hyper gives it away.
    pub(crate) fn dismiss(&self) {
        self.hold(|held| {
            held.release();
            held.wake_application();
        });
    }

    /// Whether the peer sent anything after that.
    pub(crate) fn late_bytes(&self) -> bool {
        self.hold(|held| held.late_bytes)
    }

    pub(super) fn take(&self) -> Option<T> {
        self.hold(|held| held.stream.take())
    }

    pub(super) fn hold<R>(&self, act: impl FnOnce(&mut Held<T>) -> R) -> R {
        let (outcome, due) = {
            // A panic in the socket's code leaves nothing half done that matters to closing it.
            let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let outcome = act(&mut held);
            (outcome, std::mem::take(&mut held.due))
        };
        due.into_iter().for_each(Waker::wake);
        outcome
    }
}

impl<T: Socket> Tether<T> {
    /// What the guardian judges by. A stall that is over is none: a write that the application has
    /// given up would otherwise count for ever.
    pub(super) fn view(&self, asked: Option<Instant>, now: Instant) -> View {
        self.hold(|held| {
            // Until the new alarm is set, a write that blocks wakes the guardian.
            held.alarm = None;
            let overdue = |since: &Instant| *since + held.write_stall <= now;
            if held.writing_since.as_ref().is_some_and(overdue) && held.takes_bytes() {
                held.writing_since = None;
            }
            View {
                asked,
                ended: held.ended,
                closing: held.closing,
                writing_since: held.writing_since,
            }
        })
    }

    /// Says the farewell as soon as it can be said.
    pub(super) fn end(&self) {
        self.hold(|held| {
            held.ended = true;
            held.say_farewell();
            held.wake_application();
        });
    }

    /// Both directions fail from now on, and the peer's, too.
    pub(crate) fn cut(&self) {
        let stream = self.hold(|held| {
            held.wake_application();
            held.stream.take()
        });
        if let Some(stream) = stream {
            stream.reset();
        }
    }

    /// The guardian will look again at this time.
    pub(super) fn set_alarm(&self, at: Option<Instant>) {
        self.hold(|held| held.alarm = at);
    }

    /// Does the guardian's part of the work: sends what is in the outbox and, once the application
    /// has let go, closes. Ready when the connection is over.
    pub(super) fn poll_tend(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.hold(|held| {
            held.guardian = Some(cx.waker().clone());
            let outcome = held.poll_tend(cx);
            if let Poll::Ready(outcome) = &outcome {
                if let Err(error) = outcome {
                    tracing::debug!(%error, "an upgraded connection ended in an error");
                }
                held.stream = None;
                held.wake_application();
            }
            outcome.map(drop)
        })
    }
}

impl<T> Held<T> {
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

    fn wake_application(&mut self) {
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

    /// Whether the application is to take the peer's side for closed when nothing is there to read.
    pub(super) fn reads_are_over(&self) -> bool {
        self.ended && matches!(self.speech, Speech::Raw { .. })
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

    pub(super) fn shut(&mut self) {
        self.shut = true;
        self.due.extend(self.guardian.take());
    }

    pub(super) fn is_shut(&self) -> bool {
        self.shut
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

    fn poll_tend(&mut self, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
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

    fn poll_outbox(&mut self, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
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

    fn poll_push(&mut self, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        let Some(stream) = &mut self.stream else {
            return Poll::Ready(Ok(()));
        };
        while !self.outbox.is_empty() {
            let sent = ready!(Pin::new(&mut *stream).poll_write(cx, self.outbox))?;
            if sent == 0 {
                return Poll::Ready(Err(std::io::ErrorKind::WriteZero.into()));
            }
            self.outbox = &self.outbox[sent..];
            self.writing_since = None;
        }
        Pin::new(stream).poll_flush(cx)
    }

    fn poll_fin(&mut self, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
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
    fn poll_peer_close(&mut self, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
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
