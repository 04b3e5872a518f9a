//! The best that a server without handoff can do: both processes accept from one listening socket,
//! the new one is ready before the old one is told to leave.

use std::net::{SocketAddr, TcpListener};

use super::{Restarted, WORK};
use crate::support::process::Process;
use crate::support::serve::{self, Flavor, Listen};
use crate::support::tool;

#[derive(Debug)]
pub(crate) struct Overlap {
    flavor: Flavor,
    address: SocketAddr,
    listen: Listen,
    process: Process,
}

impl Overlap {
    pub(super) async fn start(flavor: Flavor) -> anyhow::Result<Self> {
        let listener = bind()?;
        let address = listener.local_addr()?;
        let listen = Listen::Shared(listener);
        let process = Process::start(serve::command(flavor, WORK, &listen)?).await?;
        Ok(Self {
            flavor,
            address,
            listen,
            process,
        })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) async fn restart(&mut self) -> anyhow::Result<Restarted> {
        let command = serve::command(self.flavor, WORK, &self.listen)?;
        let new = Process::start(command).await?;
        let ready_at = new.ready_at;
        let old = std::mem::replace(&mut self.process, new);
        old.terminate()?;
        let exit = old.exit().await?;
        Ok(Restarted {
            lived_on: Some(exit.at.saturating_duration_since(ready_at)),
            account: None,
        })
    }

    pub(super) async fn stop(self) -> anyhow::Result<()> {
        self.process.terminate()?;
        self.process.exit().await.map(|_| ())
    }
}

/// With the library's own backlog, so that no peer is short of one.
fn bind() -> anyhow::Result<TcpListener> {
    Ok(server::sockets::bind(tool::free_address()?)?)
}
