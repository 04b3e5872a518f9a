//! The servers that are compared, each in a process of its own.

use std::net::SocketAddr;
use std::time::Duration;

use crate::support::load::Protocol;
use crate::support::peers::{Master, start_nginx};
use crate::support::process::Process;
use crate::support::serve::{self, Flavor, Listen};
use crate::support::tool;

/// A server that runs.
#[derive(Debug)]
pub(super) struct Contestant {
    pub(super) who: Who,
    pub(super) title: String,
    pub(super) address: SocketAddr,
    server: Server,
}

/// Which one it is, for the targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    Minimal,
    Library,
    HyperUtil,
    Axum,
    Nginx,
}

#[derive(Debug)]
enum Server {
    Own(Process),
    Nginx(Master),
}

/// The first is what the others are measured by.
const ALL: [Who; 5] = [
    Who::Minimal,
    Who::Library,
    Who::HyperUtil,
    Who::Axum,
    Who::Nginx,
];

/// Those that can run here.
pub(super) fn present() -> impl Iterator<Item = Who> {
    ALL.into_iter()
        .filter(|who| *who != Who::Nginx || tool::find("nginx").is_ok())
}

impl Who {
    fn title(self) -> anyhow::Result<String> {
        Ok(match self {
            Self::Minimal => "hyper, minimal".to_owned(),
            Self::Library => "**this library**".to_owned(),
            Self::HyperUtil => "hyper-util, auto".to_owned(),
            Self::Axum => "axum".to_owned(),
            Self::Nginx => format!("{}, `return 200`", tool::find("nginx")?.title),
        })
    }

    fn flavor(self, protocol: Protocol) -> Option<Flavor> {
        match (self, protocol) {
            (Self::Minimal, Protocol::H1) => Some(Flavor::Minimal),
            (Self::Minimal, Protocol::H2c) => Some(Flavor::MinimalH2),
            (Self::Library, _) => Some(Flavor::Library),
            (Self::HyperUtil, _) => Some(Flavor::HyperUtil),
            (Self::Axum, _) => Some(Flavor::Axum),
            (Self::Nginx, _) => None,
        }
    }
}

impl Contestant {
    pub(super) async fn start(who: Who, protocol: Protocol) -> anyhow::Result<Self> {
        let (address, server) = if let Some(flavor) = who.flavor(protocol) {
            let address = tool::free_address()?;
            let command = serve::command(flavor, Duration::ZERO, &Listen::At(address))?;
            (address, Server::Own(Process::start(command).await?))
        } else {
            let nginx = start_nginx(protocol).await?;
            (nginx.address(), Server::Nginx(nginx))
        };
        Ok(Self {
            who,
            title: who.title()?,
            address,
            server,
        })
    }

    pub(super) fn processes(&self) -> anyhow::Result<Vec<u32>> {
        match &self.server {
            Server::Own(process) => Ok(vec![process.id()?]),
            Server::Nginx(master) => master.processes(),
        }
    }

    pub(super) async fn stop(self) -> anyhow::Result<()> {
        match self.server {
            Server::Own(process) => {
                process.terminate()?;
                process.exit().await.map(|_| ())
            }
            Server::Nginx(master) => master.stop().await,
        }
    }
}
