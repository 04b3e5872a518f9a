//! The generator's kept-alive connections: newest first, checked before reuse, like any ordinary client's.

use std::cell::RefCell;

use super::connection::Connection;

/// Idle connections of one generator, which lives on one thread.
#[derive(Debug, Default)]
pub(super) struct Idle(RefCell<Vec<Connection>>);

impl Idle {
    /// The most recently used connection that the peer has not closed.
    pub(super) fn take(&self) -> Option<Connection> {
        let mut connections = self.0.borrow_mut();
        while let Some(connection) = connections.pop() {
            if connection.is_alive() {
                return Some(connection);
            }
        }
        None
    }

    pub(super) fn keep(&self, connection: Connection) {
        self.0.borrow_mut().push(connection);
    }
}
