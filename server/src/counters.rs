//! What is counted: connections, requests and how connections ended. One owner for these numbers;
//! the departure report and the metrics are read from here.

use std::array;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

use http::StatusCode;
use serde::Serialize;
use tokio::sync::Notify;

use crate::connection::Class;

/// First digit of a response's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusClass {
    /// 1xx
    Informational,
    /// 2xx
    Success,
    /// 3xx
    Redirection,
    /// 4xx
    ClientError,
    /// 5xx and anything above.
    ServerError,
}

impl StatusClass {
    /// Every class, in order.
    pub const ALL: [Self; 5] = [
        Self::Informational,
        Self::Success,
        Self::Redirection,
        Self::ClientError,
        Self::ServerError,
    ];

    /// `2xx` and the like.
    pub fn name(self) -> &'static str {
        match self {
            Self::Informational => "1xx",
            Self::Success => "2xx",
            Self::Redirection => "3xx",
            Self::ClientError => "4xx",
            Self::ServerError => "5xx",
        }
    }

    fn of(status: StatusCode) -> Self {
        match status.as_u16() {
            ..200 => Self::Informational,
            200..300 => Self::Success,
            300..400 => Self::Redirection,
            400..500 => Self::ClientError,
            500.. => Self::ServerError,
        }
    }
}

/// A number per [`Class`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ByClass {
    /// Idle, or no request yet.
    pub idle: u64,
    /// A request header had begun.
    pub header: u64,
    /// A request body was still arriving.
    pub body: u64,
    /// The handler was at work.
    pub handler: u64,
    /// The response was on its way.
    pub response: u64,
    /// An upgraded connection was open.
    pub upgrade: u64,
}

impl ByClass {
    /// The sum over all classes.
    pub fn total(&self) -> u64 {
        self.idle + self.header + self.body + self.handler + self.response + self.upgrade
    }

    /// The number for one class.
    pub fn of(&self, class: Class) -> u64 {
        match class {
            Class::Idle => self.idle,
            Class::Header => self.header,
            Class::Body => self.body,
            Class::Handler => self.handler,
            Class::Response => self.response,
            Class::Upgrade => self.upgrade,
        }
    }

    fn from_fn(number: impl Fn(Class) -> u64) -> Self {
        Self {
            idle: number(Class::Idle),
            header: number(Class::Header),
            body: number(Class::Body),
            handler: number(Class::Handler),
            response: number(Class::Response),
            upgrade: number(Class::Upgrade),
        }
    }

    pub(crate) fn since(&self, earlier: &Self) -> Self {
        Self::from_fn(|class| self.of(class) - earlier.of(class))
    }
}

/// A reading of all counters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Connections open now.
    pub open: usize,
    /// Requests now between the end of their header and the last byte of their response.
    pub in_flight: usize,
    /// Connections accepted so far.
    pub accepted: u64,
    /// Responses so far, in the order of [`StatusClass::ALL`].
    pub responses: [u64; 5],
    /// Connections that ended with nothing owed to the peer.
    pub ended: u64,
    /// Idle connections that the server closed (keep-alive over, idle grace over, lame over).
    pub idle_closed: u64,
    /// Idle connections handed to a successor.
    pub handed_over: u64,
    /// Connections taken over from a predecessor; not counted as accepted.
    pub taken_over: u64,
    /// Connections beyond the cap: answered 503, or reset when there are too many even for that.
    pub refused: u64,
    /// What was cut, by what it was: requests (several on one HTTP/2 connection) and connections
    /// without one.
    pub cut: ByClass,
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// By itself or by its peer.
    Ended,
    /// Closed by the server while idle.
    IdleClosed,
    /// A successor has it.
    HandedOver,
    /// Cut off by a deadline, by force or by a failure in the middle of a response.
    Cut(Class),
}

/// The counters themselves.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    open: AtomicUsize,
    in_flight: AtomicUsize,
    accepted: AtomicU64,
    responses: [AtomicU64; 5],
    ended: AtomicU64,
    idle_closed: AtomicU64,
    handed_over: AtomicU64,
    taken_over: AtomicU64,
    refused: AtomicU64,
    cut: [AtomicU64; Class::ALL.len()],
    emptied: Notify,
}

impl Counters {
    /// Returns which connection it is.
    pub(crate) fn connection_accepted(&self) -> u64 {
        self.open.fetch_add(1, Relaxed);
        self.accepted.fetch_add(1, Relaxed)
    }

    /// Returns which connection of those taken over it is.
    pub(crate) fn connection_taken_over(&self) -> u64 {
        self.open.fetch_add(1, Relaxed);
        self.taken_over.fetch_add(1, Relaxed)
    }

    pub(crate) fn connection_refused(&self) {
        self.refused.fetch_add(1, Relaxed);
    }

    /// A request that is cut while its connection, or its connection's own ending, goes on.
    pub(crate) fn request_cut(&self, class: Class) {
        self.cut[class as usize].fetch_add(1, Relaxed);
    }

    /// Counts the ending first: who sees a connection gone finds its ending counted.
    pub(crate) fn connection_closed(&self, ending: Ending) {
        match ending {
            Ending::Ended => self.ended.fetch_add(1, Relaxed),
            Ending::IdleClosed => self.idle_closed.fetch_add(1, Relaxed),
            Ending::HandedOver => self.handed_over.fetch_add(1, Relaxed),
            Ending::Cut(class) => self.cut[class as usize].fetch_add(1, Relaxed),
        };
        if self.open.fetch_sub(1, std::sync::atomic::Ordering::AcqRel) == 1 {
            self.emptied.notify_one();
        }
    }

    pub(crate) fn request_begun(&self) {
        self.in_flight.fetch_add(1, Relaxed);
    }

    pub(crate) fn request_over(&self) {
        self.in_flight.fetch_sub(1, Relaxed);
    }

    pub(crate) fn response(&self, status: StatusCode) {
        self.responses[StatusClass::of(status) as usize].fetch_add(1, Relaxed);
    }

    pub(crate) fn open(&self) -> usize {
        self.open.load(std::sync::atomic::Ordering::Acquire)
    }

    /// Returns when the last open connection has gone; may return once for an emptiness that is
    /// over.
    pub(crate) async fn emptied(&self) {
        self.emptied.notified().await;
    }

    pub(crate) fn read(&self) -> Counts {
        Counts {
            open: self.open(),
            in_flight: self.in_flight.load(Relaxed),
            accepted: self.accepted.load(Relaxed),
            responses: array::from_fn(|i| self.responses[i].load(Relaxed)),
            ended: self.ended.load(Relaxed),
            idle_closed: self.idle_closed.load(Relaxed),
            handed_over: self.handed_over.load(Relaxed),
            taken_over: self.taken_over.load(Relaxed),
            refused: self.refused.load(Relaxed),
            cut: ByClass::from_fn(|class| self.cut[class as usize].load(Relaxed)),
        }
    }
}
