//! What to send, how often, and what to call too late.

use std::net::SocketAddr;
use std::time::Duration;

/// A load: a fixed rate of GETs to one address.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Where to connect; also the `Host` header.
    pub target: SocketAddr,
    /// Paths with their leading slash, requested in turn; repeat one to give it more weight. Must not be empty.
    pub paths: Vec<String>,
    /// Arrivals per second; greater than zero.
    pub rate: f64,
    /// The share of requests on a connection of their own (`Connection: close`), from 0 to 1; the others share
    /// kept-alive connections.
    pub fresh_connections: f64,
    /// From a request's start (connecting included) to the end of its body.
    pub timeout: Duration,
    /// What is remembered of single requests.
    pub keep: Keep,
}

/// What a load remembers of single requests. Its counts and its last minutes it always knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Each of them, for a report.
    Every,
    /// None, so that it can go on for days.
    None,
}

impl Plan {
    /// A moderate mix against the example service: nine small JSON answers to one page.
    pub fn new(target: SocketAddr) -> Self {
        let mut paths = vec!["/api/v1/info".to_owned(); 9];
        paths.push("/".to_owned());
        Self {
            target,
            paths,
            rate: 500.0,
            fresh_connections: 0.1,
            timeout: Duration::from_secs(10),
            keep: Keep::Every,
        }
    }
}
