//! Clients that have asked once, keep their connection and say nothing.

use std::net::SocketAddr;

use tokio::time::timeout;

use super::load::TOO_LONG;
use super::load::h1::{Connection, request};
use super::outcome::{Failure, Ledger, Tally};

#[derive(Debug)]
pub(crate) struct Idle {
    request: String,
    connections: Vec<Connection>,
}

impl Idle {
    /// Opens `number` connections and asks once on each.
    pub(crate) async fn open(
        address: SocketAddr,
        path: &str,
        number: usize,
    ) -> anyhow::Result<Self> {
        let request = request(path, "");
        let mut connections = Vec::with_capacity(number);
        for _ in 0..number {
            let opened = async {
                let mut connection = Connection::open(address).await?;
                ask(&mut connection, &request).await?;
                Ok(connection)
            };
            let connection = opened.await.map_err(|failure: Failure| {
                let so_far = connections.len();
                anyhow::anyhow!("connection {so_far}: {}", failure.name())
            })?;
            connections.push(connection);
        }
        Ok(Self {
            request,
            connections,
        })
    }

    /// Asks once more on each, on the same connection.
    pub(crate) async fn ask_again(&mut self) -> Tally {
        let ledger = Ledger::default();
        for connection in &mut self.connections {
            ledger.record(ask(connection, &self.request).await);
        }
        ledger.read()
    }
}

/// An answer that ends the connection is not the one that is expected.
async fn ask(connection: &mut Connection, request: &str) -> Result<(), Failure> {
    match timeout(TOO_LONG, connection.exchange(request.as_bytes())).await {
        Ok(Ok(true)) => Ok(()),
        Ok(Ok(false)) => Err(Failure::Status),
        Ok(Err(failure)) => Err(failure),
        Err(_) => Err(Failure::Timeout),
    }
}
