//! What a connection does now. The wrapped I/O, service and body write it from inside hyper's poll,
//! the driver reads it after; all of them within the connection's one task, so the lock is never
//! contended.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::inbound::{Framing, Inbound};
use crate::connection::arrival::Past;
use crate::connection::judge::{Stage, View};
use crate::connection::transport::Transport;
use crate::connection::upgrade::{Protocol, Tether};
use crate::counters::Counters;

#[derive(Debug)]
pub(crate) struct Activity(Mutex<Facts>);

#[derive(Debug)]
struct Facts {
    inbound: Inbound,
    exchange: Exchange,
    accepted: Instant,
    /// Requests so far, on every process that had this connection.
    requests: u32,
    last_byte: Instant,
    /// Whether bytes have moved since the last poll's end.
    moved: bool,
    header_since: Instant,
    /// Whether a header has begun, or could have, since then.
    header_begins: bool,
    /// Whether that was on a predecessor: its deadline goes on.
    header_had_begun: bool,
    reading: Blocked,
    writing: Blocked,
    closing: Option<Instant>,
    /// Bytes that arrived after the server's FIN.
    late_bytes: bool,
    /// Since a request on this connection offered an upgrade.
    tether: Option<Arc<Tether<Transport>>>,
    /// Whether the connection ends behind the response that is on its way.
    ends: bool,
    /// What the connection speaks behind the response that is on its way.
    upgrading: Option<Protocol>,
}

/// The one request that hyper works on at a time.
#[derive(Debug)]
enum Exchange {
    None,
    Handler(InFlight),
    Response { body_over: bool, _request: InFlight },
}

/// A request counted as in flight for as long as this lives.
#[derive(Debug)]
struct InFlight(Arc<Counters>);

impl InFlight {
    fn begin(counters: Arc<Counters>) -> Self {
        counters.request_begun();
        Self(counters)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.request_over();
    }
}

/// One direction's wait for the peer. A wait that a whole poll of hyper did not ask for any more is
/// over.
#[derive(Debug, Default)]
struct Blocked {
    since: Option<Instant>,
    asked: bool,
    moved: bool,
}

impl Blocked {
    fn wait(&mut self) {
        self.asked = true;
    }

    fn moved(&mut self) {
        (self.asked, self.moved) = (false, true);
    }

    fn poll_ends(&mut self, now: Instant) {
        self.since = match (self.asked, self.moved, self.since) {
            (false, ..) => None,
            (true, false, Some(since)) => Some(since),
            (true, ..) => Some(now),
        };
        (self.asked, self.moved) = (false, false);
    }
}

/// How far the request has come that is being answered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Progress {
    /// Requests so far, this one included.
    pub(crate) requests: u32,
    /// Whether bytes of its body have yet to come. hyper does not wait for them behind a response:
    /// it closes the connection, on which a peer that was not told would send its next request.
    pub(crate) unfinished: bool,
}

/// Times are taken once for each poll of hyper, at its end: what is noted within a poll is noted
/// without one.
impl Activity {
    pub(crate) fn new(accepted: Instant, past: Past) -> Self {
        Self(Mutex::new(Facts {
            inbound: Inbound::new(),
            exchange: Exchange::None,
            accepted,
            requests: past.requests,
            last_byte: Instant::now(),
            moved: false,
            header_begins: false,
            header_since: past.header_since.unwrap_or(accepted),
            header_had_begun: past.header_since.is_some(),
            reading: Blocked::default(),
            writing: Blocked::default(),
            closing: None,
            late_bytes: false,
            tether: None,
            ends: false,
            upgrading: None,
        }))
    }

    fn facts(&self) -> MutexGuard<'_, Facts> {
        // A panicking handler or body is answered for elsewhere; the facts are whole after each
        // call.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn read(&self, bytes: &[u8]) {
        let mut facts = self.facts();
        facts.reading.moved();
        facts.moved = true;
        if facts.closing.is_some() {
            facts.late_bytes = true;
            return;
        }
        let was_in_header = facts.inbound.in_header();
        facts.inbound.feed(bytes);
        let begins = !was_in_header && facts.inbound.in_header();
        if begins && !std::mem::take(&mut facts.header_had_begun) {
            facts.header_begins = true;
        }
    }

    pub(crate) fn read_blocked(&self) {
        self.facts().reading.wait();
    }

    pub(crate) fn wrote(&self) {
        let mut facts = self.facts();
        facts.writing.moved();
        facts.moved = true;
    }

    pub(crate) fn write_blocked(&self) {
        self.facts().writing.wait();
    }

    /// hyper flushes the socket only when it has written all it holds, so a flush after the body's
    /// end is the response's end, and HTTP's if the response accepts an upgrade.
    pub(crate) fn flushed(&self) -> Option<Arc<Tether<Transport>>> {
        let facts = &mut *self.facts();
        if matches!(
            facts.exchange,
            Exchange::Response {
                body_over: true,
                ..
            }
        ) {
            facts.exchange = Exchange::None;
            facts.header_begins = true;
            if let (Some(tether), Some(protocol)) = (&facts.tether, facts.upgrading) {
                tether.begin(protocol);
            }
        }
        facts.tether.clone()
    }

    /// A request offers an upgrade.
    pub(crate) fn offered(&self, write_stall: Duration) {
        let offered = || Tether::new(write_stall);
        self.facts().tether.get_or_insert_with(offered);
    }

    /// The response that is about to begin accepts it.
    pub(crate) fn upgrading(&self, protocol: Protocol) {
        self.facts().upgrading = Some(protocol);
    }

    /// The response that is about to begin says that the connection ends.
    pub(crate) fn ends(&self) {
        self.facts().ends = true;
    }

    pub(crate) fn tether(&self) -> Option<Arc<Tether<Transport>>> {
        self.facts().tether.clone()
    }

    pub(crate) fn closing(&self) {
        self.facts().closing.get_or_insert_with(Instant::now);
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.facts().closing.is_some()
    }

    /// Whether a request crossed the server's closing of an idle connection.
    pub(crate) fn late_bytes(&self) -> bool {
        self.facts().late_bytes
    }

    /// hyper has taken a request. Whether it gives its body's length and a transfer coding.
    pub(crate) fn request(&self, framing: Framing, counters: Arc<Counters>) -> bool {
        let mut facts = self.facts();
        facts.inbound.framed(framing);
        facts.requests = facts.requests.saturating_add(1);
        facts.exchange = Exchange::Handler(InFlight::begin(counters));
        facts.inbound.two_framings()
    }

    /// What to tell the next process of this connection, which is between requests.
    pub(crate) fn past(&self) -> Past {
        let facts = self.facts();
        Past {
            requests: facts.requests,
            header_since: facts.inbound.in_header().then_some(facts.header_since),
        }
    }

    /// The application has answered.
    pub(crate) fn responds(&self) -> Progress {
        let mut facts = self.facts();
        facts.exchange = match std::mem::replace(&mut facts.exchange, Exchange::None) {
            Exchange::Handler(request) => Exchange::Response {
                body_over: false,
                _request: request,
            },
            other => other,
        };
        Progress {
            requests: facts.requests,
            unfinished: facts.inbound.in_body(),
        }
    }

    pub(crate) fn body_over(&self) {
        if let Exchange::Response { body_over, .. } = &mut self.facts().exchange {
            *body_over = true;
        }
    }

    /// To be called after each poll of hyper.
    pub(crate) fn poll_ends(&self, now: Instant) {
        let facts = &mut *self.facts();
        facts.reading.poll_ends(now);
        facts.writing.poll_ends(now);
        if std::mem::take(&mut facts.moved) {
            facts.last_byte = now;
        }
        if std::mem::take(&mut facts.header_begins) {
            facts.header_since = now;
        }
    }

    /// `movable`: whether a successor would take the connection.
    pub(crate) fn view(&self, movable: bool) -> View {
        let facts = self.facts();
        View {
            stage: facts.stage(),
            accepted: facts.accepted,
            used: facts.requests > 0,
            last_byte: facts.last_byte,
            reading_since: facts.reading.since,
            writing_since: facts.writing.since,
            movable: movable && !facts.ends,
        }
    }
}

impl Facts {
    fn stage(&self) -> Stage {
        if let Some(since) = self.closing {
            return Stage::Closing(since);
        }
        match &self.exchange {
            Exchange::Handler(_) if self.inbound.in_body() => Stage::Body,
            Exchange::Handler(_) => Stage::Handler,
            Exchange::Response { .. } => Stage::Response,
            Exchange::None if self.inbound.in_header() => Stage::Header(self.header_since),
            Exchange::None => Stage::Idle,
        }
    }
}
