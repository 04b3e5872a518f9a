//! `baton-server` restarted in place: the same command once more. The new process takes over what
//! the old one has, and the old one leaves by itself.

use std::net::SocketAddr;

use anyhow::ensure;
use tempfile::TempDir;
use tokio::process::Command;

use super::Restarted;
use crate::support::process::{Process, baton_server};
use crate::support::tool;

#[derive(Debug)]
pub(crate) struct Baton {
    address: SocketAddr,
    directory: TempDir,
    process: Process,
}

impl Baton {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let address = tool::free_address()?;
        let directory = tempfile::tempdir()?;
        let process = Process::start(command(address, &directory)).await?;
        Ok(Self {
            address,
            directory,
            process,
        })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) async fn restart(&mut self) -> anyhow::Result<Restarted> {
        let new = Process::start(command(self.address, &self.directory)).await?;
        let ready_at = new.ready_at;
        let old = std::mem::replace(&mut self.process, new).exit().await?;
        ensure!(old.account.is_some(), "the old process left no account");
        Ok(Restarted {
            lived_on: Some(old.at.saturating_duration_since(ready_at)),
            account: old.account,
        })
    }

    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        self.process.terminate()?;
        let exit = self.process.exit().await?;
        ensure!(exit.status.success(), "it left with {}", exit.status);
        Ok(())
    }
}

fn command(address: SocketAddr, directory: &TempDir) -> Command {
    let mut command = baton_server();
    command.args(["--listen", &address.to_string()]);
    command
        .arg("--handoff")
        .arg(directory.path().join("handoff"));
    // Only for the last stop, which no successor takes over: there is no balancer to tell.
    command.args(["--unready", "0s"]);
    command
}
