//! The socket of a connection that is, or may be, upgraded, held by two: the application reads and
//! writes through `io`, the guardian speaks when the application does not, and closes. Each poll
//! holds the lock for one call of the socket, which never waits; wakers are called when it is free
//! again.
//!
//! It begins when a request offers an upgrade, not when a response accepts it: hyper takes any
//! connection with an offer on it for upgraded when it ends, and gives the socket away without
//! closing it in order.

use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::time::Instant;

use super::held::Held;
use super::judge::View;
use super::socket::Socket;

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

impl<T> Tether<T> {
    pub(crate) fn new(write_stall: Duration) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Held::new(write_stall))))
    }

    pub(crate) fn attach(&self, stream: T) {
        self.hold(|held| held.stream = Some(stream));
    }

    /// The next byte is no longer HTTP.
    pub(crate) fn begin(&self, protocol: Protocol) {
        self.hold(|held| held.begin(protocol));
    }

    /// Whether the connection has become something else than HTTP.
    pub(crate) fn has_begun(&self) -> bool {
        self.hold(|held| held.has_begun())
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
        self.hold(|held| held.late_bytes())
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
    /// What the guardian judges by.
    pub(super) fn view(&self, asked: Option<Instant>, now: Instant) -> View {
        self.hold(|held| held.view(asked, now))
    }

    /// Says the farewell as soon as it can be said.
    pub(super) fn end(&self) {
        self.hold(Held::end);
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
        self.hold(|held| held.set_alarm(at));
    }

    /// Does the guardian's part of the work: sends what is in the outbox and, once the application
    /// has let go, closes. Ready when the connection is over.
    pub(super) fn poll_tend(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.hold(|held| held.poll_tend(cx))
    }
}
