//! What an HTTP/2 connection does now. `io` writes it from the connection's task, `turn` from the
//! tasks of its requests, `drive` reads it.

use std::sync::atomic::{AtomicU8, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use super::frames::{Frame, Kind};
use super::judge::{Farewell, View};
use super::streams::Streams;
use crate::connection::Class;
use crate::counters::Counters;

#[derive(Debug)]
pub(super) struct Activity {
    /// What `io` is to do, apart from passing bytes on. Read on every call, hence not locked.
    task: AtomicU8,
    facts: Mutex<Facts>,
}

/// What `io` is to do beyond passing bytes on. Tasks only ever follow in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Task {
    None,
    /// Withhold the ACK of the shutdown PING.
    Hold,
    /// Let hyper have it.
    Release,
    /// Say a last GOAWAY, then fail.
    Fail,
}

#[derive(Debug)]
pub(super) struct Facts {
    counters: Arc<Counters>,
    streams: Streams,
    begun: Instant,
    greeted: bool,
    last_opened: Instant,
    idle_since: Instant,
    arriving_since: Option<Instant>,
    /// Since when the socket takes no bytes.
    blocked_since: Option<Instant>,
    /// When a part of a response last left.
    last_sent: Instant,
    /// Requests whose handler or response body is at work: nothing waits for the client there.
    at_work: usize,
    /// Since when fewer are at work than are open.
    waiting_since: Option<Instant>,
    farewell: Farewell,
    closing: Option<Instant>,
}

impl Activity {
    pub(super) fn new(counters: Arc<Counters>, begun: Instant) -> Self {
        let facts = Facts {
            counters,
            streams: Streams::default(),
            begun,
            greeted: false,
            last_opened: begun,
            idle_since: begun,
            arriving_since: Some(begun),
            blocked_since: None,
            last_sent: begun,
            at_work: 0,
            waiting_since: None,
            farewell: Farewell::Unsaid,
            closing: None,
        };
        Self {
            task: AtomicU8::new(Task::None as u8),
            facts: Mutex::new(facts),
        }
    }

    pub(super) fn facts(&self) -> MutexGuard<'_, Facts> {
        // The facts are whole after each call, whoever panics between them.
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn task(&self) -> Task {
        match self.task.load(Relaxed) {
            0 => Task::None,
            1 => Task::Hold,
            2 => Task::Release,
            _ => Task::Fail,
        }
    }

    /// The first GOAWAY is about to go out.
    pub(super) fn say_goodbye(&self, now: Instant) {
        self.task.store(Task::Hold as u8, Relaxed);
        self.facts().farewell = Farewell::Said {
            since: now,
            answered: None,
        };
    }

    pub(super) fn release(&self, now: Instant) {
        self.task.store(Task::Release as u8, Relaxed);
        self.facts().farewell = Farewell::Final(now);
    }

    pub(super) fn fail(&self) {
        self.task.store(Task::Fail as u8, Relaxed);
    }
}

impl Facts {
    /// A frame has come in.
    pub(super) fn received(&mut self, frame: &Frame, now: Instant) {
        let (open, opened) = (self.streams.open(), self.streams.opened());
        self.greeted |= frame.kind == Kind::Settings;
        self.arriving_since = None;
        self.streams.received(frame);
        if self.streams.opened() > opened {
            self.last_opened = now;
        }
        self.count(open, now);
    }

    /// A read is over; `within`: it ended within a frame that is not DATA.
    pub(super) fn read(&mut self, within: bool, now: Instant) {
        if within || !self.greeted {
            let since = if self.greeted { now } else { self.begun };
            self.arriving_since.get_or_insert(since);
        }
    }

    /// The client has acknowledged the shutdown PING.
    pub(super) fn answered(&mut self, now: Instant) {
        if let Farewell::Said { answered, .. } = &mut self.farewell {
            answered.get_or_insert(now);
        }
    }

    /// A frame has gone out.
    pub(super) fn sent(&mut self, frame: &Frame, now: Instant) {
        let open = self.streams.open();
        self.streams.sent(frame);
        self.count(open, now);
    }

    /// The socket has taken bytes; `message`: a response's among them.
    pub(super) fn wrote(&mut self, message: bool, now: Instant) {
        self.blocked_since = None;
        if message {
            self.last_sent = now;
        }
    }

    pub(super) fn write_blocked(&mut self, now: Instant) {
        self.blocked_since.get_or_insert(now);
    }

    /// A handler or a response body begins to be at work.
    pub(super) fn begins_work(&mut self, now: Instant) {
        self.at_work += 1;
        self.weigh(now);
    }

    /// It has given what it had: it is for the client to take it.
    pub(super) fn ends_work(&mut self, now: Instant) {
        self.at_work -= 1;
        self.weigh(now);
    }

    pub(super) fn close(&mut self, now: Instant) {
        self.closing.get_or_insert(now);
    }

    pub(super) fn is_closing(&self) -> bool {
        self.closing.is_some()
    }

    /// The last stream that may have been worked on.
    pub(super) fn last_stream(&self) -> u32 {
        self.streams.highest()
    }

    /// What each open request would be cut off in.
    pub(super) fn classes(&self) -> impl Iterator<Item = Class> {
        self.streams.classes()
    }

    pub(super) fn view(&self) -> View {
        View {
            begun: self.begun,
            greeted: self.greeted,
            opened: self.streams.opened(),
            last_opened: self.last_opened,
            open: self.streams.open(),
            idle_since: self.idle_since,
            arriving_since: self.arriving_since,
            untaken_since: self.untaken_since(),
            farewell: self.farewell,
            closing: self.closing,
        }
    }

    fn untaken_since(&self) -> Option<Instant> {
        let waiting = self.waiting_since.map(|since| since.max(self.last_sent));
        [self.blocked_since, waiting].into_iter().flatten().min()
    }

    /// What is to be done when the number of open requests may have changed.
    fn count(&mut self, before: usize, now: Instant) {
        let open = self.streams.open();
        if open == before {
            return;
        }
        (before..open).for_each(|_| self.counters.request_begun());
        (open..before).for_each(|_| self.counters.request_over());
        if open == 0 {
            self.idle_since = now;
        }
        self.weigh(now);
    }

    fn weigh(&mut self, now: Instant) {
        if self.streams.open() > self.at_work {
            self.waiting_since.get_or_insert(now);
        } else {
            self.waiting_since = None;
        }
    }
}

impl Drop for Facts {
    fn drop(&mut self) {
        (0..self.streams.open()).for_each(|_| self.counters.request_over());
    }
}
