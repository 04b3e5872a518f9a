//! The servers that are restarted under load, and how each of them is restarted at its best.

mod baton;
mod haproxy;
mod master;
mod nginx;
mod overlap;
mod stop_start;

use std::net::SocketAddr;
use std::time::Duration;

use clap::ValueEnum;

use super::load::{Protocol, Target};
use super::process::Account;
use super::serve::Flavor;
use super::tool;
pub(crate) use baton::Baton;
pub(crate) use master::Master;
pub(crate) use nginx::start as start_nginx;
use overlap::Overlap;
use stop_start::StopStart;

/// What a handler takes, where there is one. nginx and haproxy answer by themselves.
const WORK: Duration = Duration::from_millis(2);

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Subject {
    /// This crate's binary, restarted in place.
    Baton,
    /// hyper-util's `GracefulShutdown`; the successor shares the listening socket.
    HyperUtil,
    /// axum's graceful shutdown; the successor shares the listening socket.
    Axum,
    /// `nginx -s reload`.
    Nginx,
    /// haproxy's reload in master-worker mode, listening sockets handed on.
    Haproxy,
    /// hyper-util's `GracefulShutdown`, the new process started after the old one has left.
    StopStart,
}

/// What a restart showed.
#[derive(Debug, Default)]
pub(crate) struct Restarted {
    /// From the moment that the successor served until the predecessor was gone. nginx and haproxy
    /// do not say when a successor serves: from the order to reload.
    pub(crate) lived_on: Option<Duration>,
    pub(crate) account: Option<Account>,
}

/// A subject that serves.
#[derive(Debug)]
pub(crate) enum Peer {
    Baton(Baton),
    Overlap(Overlap),
    StopStart(StopStart),
    Master(Master),
}

impl Subject {
    /// How the tables call it; an error if it cannot be run here.
    pub(crate) fn title(self) -> Result<String, tool::Missing> {
        Ok(match self {
            Self::Baton => "**baton-server, in place**".to_owned(),
            Self::HyperUtil => "hyper-util, shared socket".to_owned(),
            Self::Axum => "axum, shared socket".to_owned(),
            Self::Nginx => format!("{}, reload", tool::find("nginx")?.title),
            Self::Haproxy => format!("{}, reload", tool::find("haproxy")?.title),
            Self::StopStart => "hyper-util, stop then start".to_owned(),
        })
    }

    pub(crate) fn name(self) -> String {
        let value = self.to_possible_value();
        value.map_or(String::new(), |value| value.get_name().to_owned())
    }

    pub(crate) async fn start(self, protocol: Protocol) -> anyhow::Result<Peer> {
        Ok(match self {
            Self::Baton => Peer::Baton(Baton::start().await?),
            Self::HyperUtil => Peer::Overlap(Overlap::start(Flavor::HyperUtil).await?),
            Self::Axum => Peer::Overlap(Overlap::start(Flavor::Axum).await?),
            Self::Nginx => Peer::Master(nginx::start(protocol).await?),
            Self::Haproxy => Peer::Master(haproxy::start(protocol).await?),
            Self::StopStart => Peer::StopStart(StopStart::start().await?),
        })
    }
}

impl Peer {
    pub(crate) fn target(&self) -> Target {
        Target {
            address: self.address(),
            path: "/api/v1/slow?ms=2",
        }
    }

    fn address(&self) -> SocketAddr {
        match self {
            Self::Baton(baton) => baton.address(),
            Self::Overlap(overlap) => overlap.address(),
            Self::StopStart(stop_start) => stop_start.address(),
            Self::Master(master) => master.address(),
        }
    }

    /// Replaces the process that serves; returns when the old one is gone.
    pub(crate) async fn restart(&mut self) -> anyhow::Result<Restarted> {
        match self {
            Self::Baton(baton) => baton.restart().await,
            Self::Overlap(overlap) => overlap.restart().await,
            Self::StopStart(stop_start) => stop_start.restart().await,
            Self::Master(master) => master.reload().await,
        }
    }

    /// Stops serving. The load has stopped before.
    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        match self {
            Self::Baton(baton) => baton.stop().await,
            Self::Overlap(overlap) => overlap.stop().await,
            Self::StopStart(stop_start) => stop_start.stop().await,
            Self::Master(master) => master.stop().await,
        }
    }
}
