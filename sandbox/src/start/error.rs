//! Why a sandbox did not come up.

use super::account::Trouble;
use crate::instance::address::AddressError;
use crate::launch_template::TemplateError;
use crate::process::{Ended, SpawnError};
use crate::state::StateError;
use crate::wire::error::ApiError;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Why a sandbox did not come up.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The state folder cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// No loopback network.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// A program cannot be started.
    #[error(transparent)]
    Spawn(#[from] SpawnError),
    /// A port cannot be had.
    #[error("could not listen on port {port}")]
    Listen {
        /// The port as asked for; 0 is any.
        port: u16,
        /// The operating system's reason.
        #[source]
        source: io::Error,
    },
    /// A file of the state folder cannot be written or read.
    #[error("could not use {}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        #[source]
        source: io::Error,
    },
    /// A command of `deploy` failed.
    #[error("deploy {command} {ended}{trouble}")]
    Deploy {
        /// Which, e.g. `keygen`.
        command: String,
        /// How it ended.
        ended: Ended,
        /// What it says went wrong.
        trouble: Trouble,
    },
    /// The launch template cannot be made.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The template is not launch template data as the world knows it.
    #[error("launch-template-data.json is not launch template data")]
    TemplateData(#[source] serde_json::Error),
    /// `deploy.toml` cannot be written as TOML.
    #[error("could not write deploy.toml")]
    DeployToml(#[source] toml::ser::Error),
    /// The world refuses what the group is made from.
    #[error("the sandbox refuses its own group")]
    World(#[from] ApiError),
    /// Nothing that was launched ever served.
    #[error(
        "the service does not start: {launches} launches of the group have failed and none has succeeded{last}"
    )]
    NeverStarted {
        /// How many launches have failed.
        launches: usize,
        /// What an agent says of it, with the service's last lines.
        last: String,
        /// What to do about it.
        hint: &'static str,
    },
    /// The group did not become healthy.
    #[error("the group was not healthy after {} ({seen}){last}", humantime::format_duration(*.after))]
    NotHealthy {
        /// How long it was waited for.
        after: Duration,
        /// How far it came.
        seen: String,
        /// The last lines of an agent, if there are any.
        last: String,
    },
}

impl StartError {
    /// What to do about it, where that can be said.
    pub fn hint(&self) -> Option<String> {
        match self {
            StartError::State(error) => Some(error.hint().to_owned()),
            StartError::Listen { .. } => {
                Some("leave --port and --balancer-port out to take any free port".to_owned())
            }
            StartError::Deploy { trouble, .. } => {
                let fallback = || "read deploy.log in the state folder".to_owned();
                Some(trouble.hint.clone().unwrap_or_else(fallback))
            }
            StartError::NeverStarted { hint, .. } => Some((*hint).to_owned()),
            StartError::NotHealthy { .. } => {
                Some("read instances/*/agent.log and console.log in the state folder".to_owned())
            }
            _ => None,
        }
    }
}
