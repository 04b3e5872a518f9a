//! The real `deploy`, run as a person would run it, with its talk where a person would see it.

use crate::names;
use crate::process::{Ended, SpawnError};
use crate::start::Sandbox;
use std::os::fd::AsFd as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// What is added to `deploy`'s own deadline before it is taken for hung: it may roll back after the deadline.
const GRACE: u32 = 2;

/// How a deploy went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeployRun {
    /// The version asked for.
    pub version: String,
    /// How it ended; `None` if it hung and was killed.
    pub ended: Option<Ended>,
    /// How long it took.
    pub took: Duration,
}

/// Runs `deploy --version <version> --env sandbox` to its end.
pub(super) async fn deploy(sandbox: &Sandbox, version: &str) -> Result<DeployRun, SpawnError> {
    let mut command = sandbox.deployer.command();
    command.args(["--version", version, "--env", names::ENVIRONMENT]);
    // stdout is the rehearsal's own, for its report; what deploy says there is talk here.
    let talk = std::io::stderr()
        .as_fd()
        .try_clone_to_owned()
        .map_or(Stdio::null(), Stdio::from);
    command.stdout(talk);
    let began = Instant::now();
    let mut child = sandbox.deployer.spawner.spawn(command).await?;
    let limit = GRACE * sandbox.options.profile.deploy.deadline;
    let ended = tokio::time::timeout(limit, child.ended()).await.ok();
    if ended.is_none() {
        child.kill();
    }
    Ok(DeployRun {
        version: version.to_owned(),
        ended,
        took: began.elapsed(),
    })
}
