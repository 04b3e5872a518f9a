//! The settings: every duration and limit the server goes by, its default, and which combinations
//! deserve a warning.

use std::fmt;
use std::time::Duration;

use crate::phase::Timetable;

/// The Application Load Balancer's default idle timeout. A target that closes idle connections
/// sooner makes the balancer answer 502 now and then: "HTTP 502: Bad gateway" in
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html>.
pub const ALB_IDLE_TIMEOUT: Duration = Duration::from_mins(1);

/// The most bytes that a request's header may have by default. An ALB takes up to 64 KiB: "HTTP
/// request headers" in
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html>.
pub const MAX_HEADER: usize = 64 << 10;

/// Every duration and limit the server goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// How long a connection may stay idle in normal service before the server closes it. Must
    /// outlast the balancer's idle timeout ([`ALB_IDLE_TIMEOUT`]), so that it is the balancer who
    /// closes. Default 75 s.
    pub keep_alive: Duration,
    /// How long health checks fail while service goes on as before: the balancer's check interval
    /// times its threshold, plus the time its decision takes to reach everywhere. Default 10 s.
    pub unready: Duration,
    /// Longest that idle connections are held and new ones accepted after `unready`. Default 75 s.
    pub lame: Duration,
    /// Once lame, an idle connection this long without a byte is closed: no peer uses it again.
    /// Counted from the last byte or the order to leave, whichever is later. Balancers: their idle
    /// timeout and some; direct clients: 5 to 10 s. Default 75 s.
    pub idle_grace: Duration,
    /// From the first byte of a request to the end of its header. Default 10 s.
    pub header_deadline: Duration,
    /// Longest wait for the next byte of a request body that the handler is reading. Default 10 s.
    pub body_stall: Duration,
    /// Longest wait for the peer to take the next byte of a response. Default 10 s.
    pub write_stall: Duration,
    /// From the order to leave until everything left is cut. Zero: cut at once. Default 90 s.
    pub total: Duration,
    /// After the last response on a connection: longest wait for the peer to close its side.
    /// Default 2 s.
    pub linger: Duration,
    /// Once lame, the window over which connections are told to close, each at its own moment, so
    /// that more than [`STAGGER_FROM`](crate::STAGGER_FROM) peers do not all connect anew at once.
    /// At most half of [`lame`](Self::lame). Default 10 s.
    pub stagger: Duration,
    /// HTTP/2: how long the second GOAWAY, which refuses further requests, is held back once the
    /// peer has acknowledged the first. Default 100 ms.
    pub goaway_hold: Duration,
    /// HTTP/2: longest wait for that acknowledgement. Default 5 s.
    pub pong_wait: Duration,
    /// Once lame, how long an upgraded connection may take to end by itself, before the server
    /// ends it. Default 10 s.
    pub upgrade_grace: Duration,
    /// The most connections at a time; requests on further ones are answered 503. `None`: as many
    /// as there are descriptors. Default `None`.
    pub max_connections: Option<usize>,
    /// The most requests on one connection; the last is answered with `Connection: close` or
    /// followed by GOAWAY. Default `None`.
    pub max_requests: Option<u32>,
    /// The most bytes of a request's header; more are answered 431. At least 8 KiB. Default
    /// [`MAX_HEADER`].
    pub max_header: usize,
    /// The most bytes of a request's body; more are answered 413. Default 16 MiB.
    pub max_body: Option<u64>,
    /// Whether every connection begins with a PROXY protocol header, version 2. Only behind a
    /// balancer that sends one: without it anybody can name any address. Default `false`.
    pub proxy_protocol: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            keep_alive: Duration::from_secs(75),
            unready: Duration::from_secs(10),
            lame: Duration::from_secs(75),
            idle_grace: Duration::from_secs(75),
            header_deadline: Duration::from_secs(10),
            body_stall: Duration::from_secs(10),
            write_stall: Duration::from_secs(10),
            total: Duration::from_secs(90),
            linger: Duration::from_secs(2),
            stagger: Duration::from_secs(10),
            goaway_hold: Duration::from_millis(100),
            pong_wait: Duration::from_secs(5),
            upgrade_grace: Duration::from_secs(10),
            max_connections: None,
            max_requests: None,
            max_header: MAX_HEADER,
            max_body: Some(16 << 20),
            proxy_protocol: false,
        }
    }
}

impl Settings {
    /// The part that the phase machine goes by.
    pub fn timetable(&self) -> Timetable {
        Timetable {
            unready: self.unready,
            lame: self.lame,
            total: self.total,
        }
    }

    /// What in these settings will cost requests, given how long the supervisor waits between
    /// SIGTERM and SIGKILL (`None`: for ever). Worth saying at start; nothing is refused.
    pub fn warnings(&self, patience: Option<Duration>) -> Vec<Warning> {
        let mut warnings = Vec::new();
        if self.keep_alive <= ALB_IDLE_TIMEOUT {
            warnings.push(Warning::KeepAliveTooShort {
                keep_alive: self.keep_alive,
            });
        }
        if self.total.is_zero() {
            warnings.push(Warning::NoDrain);
        } else if self.total < self.unready.saturating_add(self.lame) {
            warnings.push(Warning::LameCutShort {
                total: self.total,
                wanted: self.unready.saturating_add(self.lame),
            });
        }
        if let Some(patience) = patience.filter(|patience| self.total > *patience) {
            warnings.push(Warning::KilledFirst {
                total: self.total,
                patience,
            });
        }
        warnings
    }
}

/// A combination of settings that costs requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Warning {
    /// Idle connections are closed before a balancer with the default idle timeout would.
    KeepAliveTooShort {
        /// [`Settings::keep_alive`].
        keep_alive: Duration,
    },
    /// The total deadline is zero: leaving cuts everything.
    NoDrain,
    /// The total deadline ends the lame phase early.
    LameCutShort {
        /// [`Settings::total`].
        total: Duration,
        /// `unready` plus `lame`.
        wanted: Duration,
    },
    /// The supervisor kills the process before it has drained.
    KilledFirst {
        /// [`Settings::total`].
        total: Duration,
        /// How long the supervisor waits.
        patience: Duration,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KeepAliveTooShort { keep_alive } => write!(
                f,
                "keep-alive of {keep_alive:?} is not above the load balancer's default idle timeout ({ALB_IDLE_TIMEOUT:?}): \
                 expect 502s from connections that close as they are reused"
            ),
            Self::NoDrain => f.write_str(
                "total drain is zero: SIGTERM will cut every connection, requests in flight included",
            ),
            Self::LameCutShort { total, wanted } => write!(
                f,
                "total drain of {total:?} is shorter than unready and lame together ({wanted:?}): idle connections may be cut"
            ),
            Self::KilledFirst { total, patience } => write!(
                f,
                "total drain of {total:?} is longer than the supervisor waits ({patience:?}): SIGKILL may come first"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_fit_a_load_balancer_and_systemd() {
        assert_eq!(
            Settings::default().warnings(Some(Duration::from_secs(90))),
            []
        );
    }

    #[test]
    fn each_costly_setting_is_named() {
        let settings = Settings {
            keep_alive: ALB_IDLE_TIMEOUT,
            total: Duration::from_secs(40),
            ..Settings::default()
        };
        let warnings = settings.warnings(Some(Duration::from_secs(30)));
        assert!(matches!(
            warnings[..],
            [
                Warning::KeepAliveTooShort { .. },
                Warning::LameCutShort { .. },
                Warning::KilledFirst { .. }
            ]
        ));
        let at_once = Settings {
            total: Duration::ZERO,
            ..Settings::default()
        };
        assert_eq!(at_once.warnings(None), [Warning::NoDrain]);
    }
}
