//! The real `deploy`, run as a person would run it, with its talk where a person would see it.

use crate::fault::Kind;
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
    /// How often it was run.
    pub runs: u32,
}

/// Runs `deploy` to its end, and again whenever the fault `kill-deployer` has killed it, as a pipeline's stage would be. What
/// counts is the last run.
pub(super) async fn deploy(sandbox: &Sandbox, version: &str) -> Result<DeployRun, SpawnError> {
    let began = Instant::now();
    let mut runs = 0;
    loop {
        let killed_before = killings(sandbox);
        let run = run(sandbox, version).await?;
        runs += 1;
        let was_killed = matches!(run.ended, Some(Ended::Signal(_)));
        if !was_killed || killings(sandbox) == killed_before {
            let took = began.elapsed();
            return Ok(DeployRun { took, runs, ..run });
        }
        sandbox.say("deploy was killed; again");
    }
}

/// How often `kill-deployer` has struck.
fn killings(sandbox: &Sandbox) -> u64 {
    let faults = sandbox.cloud.faults();
    let all = faults.list(sandbox.cloud.clock().now()).into_iter();
    let own = all.filter(|fault| fault.kind == Kind::KillDeployer.name());
    own.map(|fault| fault.hits).sum()
}

/// Runs `deploy --version <version> --env sandbox` to its end.
async fn run(sandbox: &Sandbox, version: &str) -> Result<DeployRun, SpawnError> {
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
        runs: 1,
    })
}
