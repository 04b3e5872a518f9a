//! The generator's kept-alive connections: newest first, checked before reuse, like any ordinary client's.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use super::connection::Connection;

/// Well below any balancer's idle timeout: a balancer that closes an idle client at the very moment of its next request
/// would otherwise be counted as a loss of the deploy.
const REUSED_WITHIN: Duration = Duration::from_secs(1);

/// Idle connections of one generator, which lives on one thread.
#[derive(Debug, Default)]
pub(super) struct Idle(RefCell<Vec<(Connection, Instant)>>);

impl Idle {
    /// The most recently used connection that the peer has not closed.
    pub(super) fn take(&self) -> Option<Connection> {
        let mut connections = self.0.borrow_mut();
        while let Some((connection, since)) = connections.pop() {
            if since.elapsed() < REUSED_WITHIN && connection.is_alive() {
                return Some(connection);
            }
        }
        None
    }

    /// Keeps a connection for the next request, and closes those that have waited too long for theirs.
    pub(super) fn keep(&self, connection: Connection) {
        let mut connections = self.0.borrow_mut();
        let fresh_from = connections.partition_point(|(_, since)| since.elapsed() >= REUSED_WITHIN);
        connections.drain(..fresh_from);
        connections.push((connection, Instant::now()));
    }
}
