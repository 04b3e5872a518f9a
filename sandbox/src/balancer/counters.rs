//! What went wrong, counted by cause: the balancer's own account, to hold against what clients saw.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::net::SocketAddr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use http::StatusCode;
use serde::Serialize;

use super::reach::Reach;
use super::traffic::Book;

/// Why a request did not get its target's complete answer.
///
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// The target refused the connection.
    Refused,
    /// Connecting failed in another way (unreachable, for one).
    Unreachable,
    /// A fresh connection was reset before the response.
    Reset,
    /// A fresh connection was closed before the response.
    Eof,
    /// A kept-alive connection was reset before the response.
    ReusedReset,
    /// A kept-alive connection was closed before the response: the keep-alive race, or a target that died.
    ReusedEof,
    /// The response was not HTTP, or its head was too large.
    Malformed,
    /// The deregistration delay ended before the response began.
    DrainCut,
    /// The target died in the middle of the body.
    BodyCut,
    /// The target stalled in the middle of the body.
    BodyStalled,
    /// The deregistration delay ended in the middle of the body.
    BodyDrainCut,
    /// The client did not read the response for the idle timeout.
    ClientStopped,
    /// The sandbox itself has no file descriptor left for a connection to the target: nobody's fault but the machine's.
    OutOfFiles,
    /// No target is registered.
    NoTargets,
    /// Connecting took too long.
    ConnectTimeout,
    /// The target did not begin to answer within the idle timeout.
    AnswerTimeout,
    /// The client stalled while sending the request's body.
    ClientStalled,
    /// The client closed its side in the middle of the request's body; counted as a client that left.
    ClientLeft,
    /// The request is not HTTP: no host or several, or a body that is framed wrongly.
    BadRequest,
    /// The request's body is coded in a way that the balancer would have to undo.
    UnknownCoding,
    /// One header of the request is too long, or all are together.
    HeaderTooLarge,
    /// The request line is too long.
    UriTooLong,
    /// `X-Forwarded-For` holds more than 30 addresses.
    TooManyForwarded,
    /// A version of HTTP that there is not.
    BadVersion,
    /// `TRACE`, which an ALB does not serve.
    BadMethod,
    /// The target reset the connection of a `WebSocket`. One that just closes it, as the kernel does for a server that was
    /// killed, may have said goodbye before: the bytes of a tunnel are not read.
    TunnelCut,
    /// The deregistration delay ended under a `WebSocket`.
    TunnelDrainCut,
}

impl Cause {
    const ALL: [Self; 27] = [
        Self::Refused,
        Self::Unreachable,
        Self::Reset,
        Self::Eof,
        Self::ReusedReset,
        Self::ReusedEof,
        Self::Malformed,
        Self::DrainCut,
        Self::BodyCut,
        Self::BodyStalled,
        Self::BodyDrainCut,
        Self::ClientStopped,
        Self::OutOfFiles,
        Self::NoTargets,
        Self::ConnectTimeout,
        Self::AnswerTimeout,
        Self::ClientStalled,
        Self::ClientLeft,
        Self::BadRequest,
        Self::UnknownCoding,
        Self::HeaderTooLarge,
        Self::UriTooLong,
        Self::TooManyForwarded,
        Self::BadVersion,
        Self::BadMethod,
        Self::TunnelCut,
        Self::TunnelDrainCut,
    ];

    /// The status that the client gets; `None` when the response had already begun and can only be cut short.
    pub fn status(self) -> Option<StatusCode> {
        match self {
            Self::Refused
            | Self::Unreachable
            | Self::Reset
            | Self::Eof
            | Self::ReusedReset
            | Self::ReusedEof
            | Self::Malformed
            | Self::DrainCut => Some(StatusCode::BAD_GATEWAY),
            Self::BodyCut
            | Self::BodyStalled
            | Self::BodyDrainCut
            | Self::ClientStopped
            | Self::TunnelCut
            | Self::TunnelDrainCut => None,
            Self::OutOfFiles => Some(StatusCode::INTERNAL_SERVER_ERROR),
            Self::NoTargets => Some(StatusCode::SERVICE_UNAVAILABLE),
            Self::ConnectTimeout | Self::AnswerTimeout => Some(StatusCode::GATEWAY_TIMEOUT),
            Self::ClientStalled => Some(StatusCode::REQUEST_TIMEOUT),
            Self::ClientLeft | Self::BadRequest | Self::HeaderTooLarge => {
                Some(StatusCode::BAD_REQUEST)
            }
            Self::UnknownCoding => Some(StatusCode::NOT_IMPLEMENTED),
            Self::UriTooLong => Some(StatusCode::URI_TOO_LONG),
            // AWS's own.
            Self::TooManyForwarded => StatusCode::from_u16(463).ok(),
            Self::BadMethod => Some(StatusCode::METHOD_NOT_ALLOWED),
            Self::BadVersion => Some(StatusCode::HTTP_VERSION_NOT_SUPPORTED),
        }
    }

    /// The name in reports: the status or `cut`, then the cause.
    pub fn name(self) -> &'static str {
        match self {
            Self::Refused => "502 refused",
            Self::Unreachable => "502 unreachable",
            Self::Reset => "502 reset",
            Self::Eof => "502 closed",
            Self::ReusedReset => "502 kept-alive connection reset",
            Self::ReusedEof => "502 kept-alive connection closed",
            Self::Malformed => "502 malformed response",
            Self::DrainCut => "502 deregistration delay ended",
            Self::BodyCut => "cut: target closed in the body",
            Self::BodyStalled => "cut: target stalled in the body",
            Self::BodyDrainCut => "cut: deregistration delay ended in the body",
            Self::ClientStopped => "cut: client stopped reading",
            Self::OutOfFiles => "500 the sandbox is out of file descriptors",
            Self::NoTargets => "503 no targets",
            Self::ConnectTimeout => "504 connect timeout",
            Self::AnswerTimeout => "504 no response in time",
            Self::ClientStalled => "408 client stalled",
            Self::ClientLeft => "400 client closed in the body",
            Self::BadRequest => "400 malformed request",
            Self::UnknownCoding => "501 unsupported transfer encoding",
            Self::HeaderTooLarge => "400 header too large",
            Self::UriTooLong => "414 request line too long",
            Self::TooManyForwarded => "463 too many addresses in X-Forwarded-For",
            Self::BadVersion => "505 HTTP version not supported",
            Self::BadMethod => "405 method not allowed",
            Self::TunnelCut => "cut: target reset a WebSocket",
            Self::TunnelDrainCut => "cut: deregistration delay ended under a WebSocket",
        }
    }
}

/// The running counts of one balancer.
#[derive(Debug, Default)]
pub struct Counters {
    requests: AtomicU64,
    fail_open: AtomicU64,
    client_aborts: AtomicU64,
    connections: AtomicU64,
    upgrades: AtomicU64,
    causes: [AtomicU64; Cause::ALL.len()],
    pub(super) book: Book,
    pub(super) reach: Reach,
    tap: OnceLock<Box<dyn Tap>>,
}

/// Who wants to hear of every request that is sent to a target.
pub trait Tap: Debug + Send + Sync {
    /// A request is about to be sent to the target at this address. Must not block.
    fn forwarded(&self, target: SocketAddr);
}

impl Counters {
    /// From now on `tap` hears of every request. Only the first one does.
    pub fn tapped_by(&self, tap: Box<dyn Tap>) {
        let _ = self.tap.set(tap);
    }

    pub(super) fn forwarded(&self, target: SocketAddr) {
        if let Some(tap) = self.tap.get() {
            tap.forwarded(target);
        }
    }

    /// The counts at this moment.
    pub fn tally(&self) -> Tally {
        let failures = Cause::ALL
            .iter()
            .map(|cause| (cause.name().to_owned(), self.failed(*cause)))
            .filter(|(_, count)| *count > 0)
            .collect();
        Tally {
            requests: self.requests.load(Ordering::Relaxed),
            fail_open: self.fail_open.load(Ordering::Relaxed),
            client_aborts: self.client_aborts.load(Ordering::Relaxed),
            connections: self.connections.load(Ordering::Relaxed),
            upgrades: self.upgrades.load(Ordering::Relaxed),
            failures,
        }
    }

    /// How many requests failed for this cause so far.
    pub fn failed(&self, cause: Cause) -> u64 {
        self.causes[cause as usize].load(Ordering::Relaxed)
    }

    pub(super) fn count_request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_fail_open(&self) {
        self.fail_open.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_client_abort(&self) {
        self.client_aborts.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_connection(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_upgrade(&self) {
        self.upgrades.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_failure(&self, cause: Cause) {
        self.causes[cause as usize].fetch_add(1, Ordering::Relaxed);
    }
}

/// The counts of one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Requests that arrived complete with their head.
    pub requests: u64,
    /// Requests sent to a target that was not healthy, because none was.
    pub fail_open: u64,
    /// Clients that left before their answer was complete (460): no target's fault.
    pub client_aborts: u64,
    /// Connections opened to targets for requests (probes not counted).
    pub connections: u64,
    /// Requests whose connection became a `WebSocket`.
    pub upgrades: u64,
    /// Failures by [`Cause::name`]; absent when zero.
    pub failures: BTreeMap<String, u64>,
}

impl Tally {
    /// What was counted since an earlier tally of the same balancer.
    pub fn since(&self, earlier: &Self) -> Self {
        let before = |cause: &String| earlier.failures.get(cause).copied().unwrap_or(0);
        let grown = |(cause, count): (&String, &u64)| (cause.clone(), count - before(cause));
        Self {
            requests: self.requests - earlier.requests,
            fail_open: self.fail_open - earlier.fail_open,
            client_aborts: self.client_aborts - earlier.client_aborts,
            connections: self.connections - earlier.connections,
            upgrades: self.upgrades - earlier.upgrades,
            failures: self
                .failures
                .iter()
                .map(grown)
                .filter(|(_, count)| *count > 0)
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_names_only_what_happened_since() {
        let counters = Counters::default();
        counters.count_request();
        counters.count_failure(Cause::NoTargets);
        let earlier = counters.tally();
        counters.count_request();
        counters.count_failure(Cause::Refused);
        let since = counters.tally().since(&earlier);
        assert_eq!(since.requests, 1);
        let refused = (Cause::Refused.name().to_owned(), 1);
        assert_eq!(since.failures, BTreeMap::from([refused]));
    }
}
