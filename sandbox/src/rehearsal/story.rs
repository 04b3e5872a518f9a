//! The sequence of a rehearsal: load before, deploy under load, load after, questions at the end.

use super::deploy::{DeployRun, deploy};
use super::members::{MemberVersion, versions};
use crate::balancer::Tally;
use crate::load::{Keep, Load, Samples};
use crate::process::SpawnError;
use crate::report::Phase;
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
    /// The file that it is made of; what the first version is made of if none is named.
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

/// Everything that was seen.
#[derive(Debug)]
pub struct Run {
    /// When the load started, by the world's clock.
    pub began: Timestamp,
    /// Where the time went, in seconds from the start of the load; what came before it is negative.
    pub phases: Vec<Phase>,
    /// When `deploy` was started, and when it had ended.
    pub deployed: (f64, f64),
    /// When the last request was answered.
    pub ended: f64,
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
    /// What the load balancer counted during the load.
    pub tally: Tally,
}

impl Rehearsal {
    /// Rehearses in a sandbox that is up.
    pub async fn run(&self, sandbox: &Sandbox) -> Result<Run, RehearsalError> {
        sandbox.publish(&self.version, self.file.as_deref()).await?;
        let around = sandbox.options.profile.around;

        let pace = format!("{} requests per second", self.rate);
        sandbox.say(&format!("live page: {}", sandbox.description.page));
        sandbox.say(&format!("load: {pace} on {}", sandbox.description.balancer));
        let tally_before = sandbox.counters.tally();
        let load = sandbox.load(self.rate, Keep::Every);
        let load = load.map_err(RehearsalError::Load)?;
        let began = sandbox.cloud.clock().now();
        let elapsed = || load.began().elapsed().as_secs_f64();
        tokio::time::sleep(around).await;

        let calls_before = sandbox.calls.snapshot();
        sandbox.say(&format!("deploy --version {} --env sandbox", self.version));
        let started = elapsed();
        sandbox.arm();
        let deploy = deploy(sandbox, &self.version).await?;
        let ended = elapsed();
        let calls = since(&calls_before, sandbox.calls.snapshot());

        sandbox.say("load: after the deploy");
        tokio::time::sleep(around).await;
        self.until_enough(&load).await;
        let over = elapsed();
        let samples = load.stop().await;
        Ok(Run {
            began,
            phases: phases(sandbox, began, [0.0, started, ended, over]),
            deployed: (started, ended),
            ended: over,
            samples,
            deploy,
            members: versions(sandbox).await,
            calls,
            changes: sandbox.cloud.look(|world| world.changes().to_vec()),
            tally: sandbox.counters.tally().since(&tally_before),
        })
    }

    /// The schedule is fixed, so the time that the missing requests take is known.
    async fn until_enough(&self, load: &Load) {
        loop {
            let missing = self.min_requests.saturating_sub(load.snapshot().sent);
            if missing == 0 {
                return;
            }
            #[expect(
                clippy::cast_precision_loss,
                reason = "a count of requests is far below 2^52"
            )]
            let seconds = missing as f64 / self.rate;
            tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
        }
    }
}

/// Before, during and after the deploy, and what came before the load.
fn phases(
    sandbox: &Sandbox,
    began: Timestamp,
    [zero, started, ended, over]: [f64; 4],
) -> Vec<Phase> {
    let ago = |time: Timestamp| -began.duration_since(time).as_secs_f64();
    let phase = |name: &str, from, to| Phase {
        name: name.to_owned(),
        from,
        to,
    };
    vec![
        phase("sandbox up", ago(sandbox.began), ago(sandbox.healthy)),
        phase("before the deploy", zero, started),
        phase("deploy", started, ended),
        phase("after the deploy", ended, over),
    ]
}

/// The calls that came in between two snapshots.
fn since(before: &BTreeMap<String, u64>, after: BTreeMap<String, u64>) -> BTreeMap<String, u64> {
    let grown = |(operation, count): (String, u64)| {
        let more = count - before.get(&operation).copied().unwrap_or(0);
        (more > 0).then_some((operation, more))
    };
    after.into_iter().filter_map(grown).collect()
}
