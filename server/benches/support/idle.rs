//! Clients that have asked once, keep their connection and say nothing.

use std::net::SocketAddr;

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
                let kept = connection.exchange(request.as_bytes()).await?;
                Ok((connection, kept))
            };
            let (connection, kept) = opened.await.map_err(|failure: Failure| {
                let so_far = connections.len();
                anyhow::anyhow!("connection {so_far}: {}", failure.name())
            })?;
            anyhow::ensure!(kept, "the server would not keep a connection");
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
            let outcome = connection.exchange(self.request.as_bytes()).await;
            ledger.record(outcome.map(|_| ()));
        }
        ledger.read()
    }
}
