//! The sequence of a rehearsal: load before, deploy under load, load after, questions at the end.

use super::deploy::{DeployRun, deploy};
use super::members::{MemberVersion, versions};
use crate::balancer::Tally;
use crate::load::{Load, Plan, Samples};
use crate::process::SpawnError;
use crate::start::{Sandbox, StartError};
use crate::world::Change;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// What is rehearsed.
#[derive(Debug, Clone, PartialEq)]
pub struct Rehearsal {
    /// The version that is released over [`crate::names::FIRST_VERSION`].
    pub version: String,
    /// The file that it is made of; the example service's server if none is named.
    pub file: Option<PathBuf>,
    /// Requests per second.
    pub rate: f64,
    /// How many requests there have to be in all, whatever the deploy takes.
    pub min_requests: u64,
}

/// Why there is no verdict.
#[derive(Debug, thiserror::Error)]
pub enum RehearsalError {
    /// The new version could not be published, or the sandbox is broken.
    #[error(transparent)]
    Start(#[from] StartError),
    /// `deploy` could not be run.
    #[error(transparent)]
    Spawn(#[from] SpawnError),
    /// The load could not be started.
    #[error("could not start the load")]
    Load(#[source] io::Error),
}

/// A stretch of the load, counted from its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Phase {
    /// `before`, `during` or `after`.
    pub name: &'static str,
    /// Its first moment.
    pub from: Duration,
    /// The first moment that is not in it any more.
    pub to: Duration,
}

/// Everything that was seen.
#[derive(Debug)]
pub struct Run {
    /// When the load started, by the world's clock.
    pub began: Timestamp,
    /// Before, during and after the deploy.
    pub phases: [Phase; 3],
    /// Every request.
    pub samples: Samples,
    /// How the deploy went.
    pub deploy: DeployRun,
    /// Who ran what at the end.
    pub members: Vec<MemberVersion>,
    /// Which API operations were called while the deploy ran.
    pub calls: BTreeMap<String, u64>,
    /// What the instances went through since the sandbox began.
    pub changes: Vec<Change>,
    /// What the load balancer counted.
    pub tally: Tally,
}

impl Rehearsal {
    /// Rehearses in a sandbox that is up.
    pub async fn run(&self, sandbox: &Sandbox) -> Result<Run, RehearsalError> {
        let file = self.file.clone().unwrap_or_else(|| sandbox.server());
        sandbox.publish(&self.version, &file).await?;
        let around = sandbox.profile.around;

        sandbox.say(&format!("load: {} requests per second on {}", self.rate, sandbox.description.balancer));
        let plan = Plan { rate: self.rate, ..Plan::new(sandbox.balancer) };
        let load = Load::start(plan).map_err(RehearsalError::Load)?;
        let began = sandbox.cloud.clock().now();
        tokio::time::sleep(around).await;

        let started = load.began().elapsed();
        let calls_before = sandbox.calls.snapshot();
        sandbox.say(&format!("deploy --version {} --env sandbox", self.version));
        let deploy = deploy(sandbox, &self.version).await?;
        let calls = since(&calls_before, sandbox.calls.snapshot());
        let ended = load.began().elapsed();

        sandbox.say("load: after the deploy");
        tokio::time::sleep(around).await;
        self.until_enough(&load).await;
        let over = load.began().elapsed();
        let samples = load.stop().await;
        let (group, port) = (&sandbox.description.group, sandbox.app_port);
        Ok(Run {
            began,
            phases: [
                Phase { name: "before", from: Duration::ZERO, to: started },
                Phase { name: "during", from: started, to: ended },
                Phase { name: "after", from: ended, to: over },
            ],
            samples,
            deploy,
            members: versions(&sandbox.cloud, group, port).await,
            calls,
            changes: sandbox.cloud.look(|world| world.changes().to_vec()),
            tally: sandbox.counters.tally(),
        })
    }

    /// The schedule is fixed, so the time that the missing requests take is known.
    async fn until_enough(&self, load: &Load) {
        loop {
            let missing = self.min_requests.saturating_sub(load.snapshot().sent);
            if missing == 0 {
                return;
            }
            #[expect(clippy::cast_precision_loss, reason = "a count of requests is far below 2^52")]
            let seconds = missing as f64 / self.rate;
            tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
        }
    }
}

impl Run {
    /// The members that do not run `version`, each with what it says instead.
    pub fn strays(&self, version: &str) -> Vec<String> {
        let stray = |member: &MemberVersion| match &member.version {
            Ok(runs) if runs == version => None,
            Ok(runs) => Some(format!("{} runs {runs}", member.instance)),
            Err(why) => Some(format!("{} {why}", member.instance)),
        };
        self.members.iter().filter_map(stray).collect()
    }

    /// Whether the deploy succeeded, nobody was left behind and no request was lost.
    pub fn passed(&self) -> bool {
        self.deploy.succeeded()
            && !self.members.is_empty()
            && self.strays(&self.deploy.version).is_empty()
            && self.samples.totals.failed == 0
            && self.samples.totals.done == self.samples.totals.sent
    }
}

/// The calls that came in between two snapshots.
fn since(before: &BTreeMap<String, u64>, after: BTreeMap<String, u64>) -> BTreeMap<String, u64> {
    let grown = |(operation, count): (String, u64)| {
        let more = count - before.get(&operation).copied().unwrap_or(0);
        (more > 0).then_some((operation, more))
    };
    after.into_iter().filter_map(grown).collect()
}
