//! Stop, then start: what a restart is without a successor that overlaps. For reference.

use std::net::SocketAddr;

use super::{Restarted, WORK};
use crate::support::process::Process;
use crate::support::serve::{self, Flavor, Listen};
use crate::support::tool;

#[derive(Debug)]
pub(crate) struct StopStart {
    address: SocketAddr,
    /// None only while there is none: between stop and start.
    process: Option<Process>,
}

impl StopStart {
    pub(super) async fn start() -> anyhow::Result<Self> {
        let address = tool::free_address()?;
        let process = Some(spawn(address).await?);
        Ok(Self { address, process })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) async fn restart(&mut self) -> anyhow::Result<Restarted> {
        if let Some(old) = self.process.take() {
            leave(old).await?;
        }
        self.process = Some(spawn(self.address).await?);
        Ok(Restarted::default())
    }

    pub(super) async fn stop(self) -> anyhow::Result<()> {
        match self.process {
            Some(process) => leave(process).await,
            None => Ok(()),
        }
    }
}

async fn spawn(address: SocketAddr) -> anyhow::Result<Process> {
    Process::start(serve::command(
        Flavor::HyperUtil,
        WORK,
        &Listen::At(address),
    )?)
    .await
}

async fn leave(process: Process) -> anyhow::Result<()> {
    process.terminate()?;
    process.exit().await.map(|_| ())
}
