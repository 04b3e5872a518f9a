//! What `deploy` and `deploy rollback` share: the lease, the open deployment, the run, and the code that it ends with.

use super::session::{Session, Tools};
use super::signals;
use crate::clock;
use crate::exit::Exit;
use crate::failure::{Explain, Failure};
use crate::journal::{Claim, DeploymentId, Entry, Lease};
use crate::report::Report;
use crate::rollout::driver::Driver;
use crate::rollout::event::{EventKind, EventSource};
use crate::rollout::goal::{Aim, Goal, Limits, Outcome, Wanted};
use crate::rollout::pace::WallClock;
use semver::Version;
use std::os::unix::fs::MetadataExt;
use std::sync::Arc;
use tokio::sync::watch;

/// An open deployment that the command cannot go on with.
#[derive(Debug, thiserror::Error)]
#[error("deployment {deployment} of version {version} is unfinished")]
pub(super) struct Unfinished {
    deployment: DeploymentId,
    version: Version,
    environment: String,
    /// It is a rollback: `deploy rollback` finishes it.
    is_rollback: bool,
}

/// What a run is for.
#[derive(Clone, Debug)]
pub(super) struct Errand {
    /// The release wanted.
    pub wanted: Wanted,
    /// The finished deployment that this one undoes.
    pub undoes: Option<DeploymentId>,
    /// Towards it, or away from it.
    pub aim: Aim,
    /// The release before, where known.
    pub from_version: Option<Version>,
}

/// The events of a command that begins now.
pub(super) fn events() -> EventSource {
    let began = clock::now();
    EventSource::new(DeploymentId::new(began, rand::random()), began)
}

/// Refuses an open deployment of another release than `wanted`.
pub(super) fn check_open(
    open: Option<&Entry>,
    wanted: &Wanted,
    session: &Session<'_>,
) -> Result<(), Unfinished> {
    match open {
        Some(entry) if entry.record.goal != *wanted => Err(Unfinished {
            deployment: entry.record.id.clone(),
            version: entry.record.goal.version.clone(),
            environment: session.environment.name.to_string(),
            is_rollback: entry.is_rollback(),
        }),
        _ => Ok(()),
    }
}

/// Takes the lease, runs, and gives it back however the run ends.
pub(super) async fn carry_out(
    session: &Session<'_>,
    tools: &Tools,
    errand: Errand,
    mut events: EventSource,
    stop: watch::Receiver<bool>,
    report: &mut dyn Report,
) -> Result<Exit, Failure> {
    let aim = errand.aim;
    let taken = take_lease(session, tools, &mut events, report);
    let lease = signals::unless_stopped(&stop, taken).await?;
    let ended = drive(session, tools, &errand, events, (&lease, stop), report).await;
    lease.release().await;
    ended.map(|outcome| exit(&outcome, aim))
}

async fn take_lease(
    session: &Session<'_>,
    tools: &Tools,
    events: &mut EventSource,
    report: &mut dyn Report,
) -> Result<Lease, Failure> {
    let claim = Claim {
        owner: operator(),
        nonce: format!("{:016x}", rand::random::<u64>()),
        length: session.environment.strategy.lease,
    };
    let mut tell = |on| report.report(&events.event(clock::now(), EventKind::Waiting { on }));
    let taken = tools.leases.acquire(&claim, &WallClock, &mut tell).await?;
    Ok(taken.keep(Arc::new(WallClock)))
}

/// Looks at the journal again, now that nobody else can write to it, and runs.
async fn drive(
    session: &Session<'_>,
    tools: &Tools,
    errand: &Errand,
    mut events: EventSource,
    (lease, stop): (&Lease, watch::Receiver<bool>),
    report: &mut dyn Report,
) -> Result<Outcome, Failure> {
    let newest = tools.journal.newest(1).await?.pop();
    if let Some(entry) = &newest {
        let id = events.deployment.clone();
        events.deployment = id.sorted_after(&entry.record.id, rand::random());
    }
    let open = newest.filter(Entry::is_open);
    check_open(open.as_ref(), &errand.wanted, session)?;
    if let Some(entry) = &open {
        events.deployment = entry.record.id.clone();
    }
    let goal = goal(session, errand, &events, lease.fence());
    let started = started(session, errand, open.as_ref());
    let driver = Driver {
        goal: &goal,
        fleet: &tools.fleet,
        journal: &tools.journal,
        tenure: lease.tenure(),
        stop,
        pace: &WallClock,
        report,
        events,
        poll: session.environment.strategy.poll,
    };
    Ok(driver.run(open, started).await?)
}

/// What this run is to reach. `fence` is the lease's number; a plan has none and gives 0.
pub(super) fn goal(
    session: &Session<'_>,
    errand: &Errand,
    events: &EventSource,
    fence: u64,
) -> Goal {
    let (environment, strategy) = (session.environment, &session.environment.strategy);
    Goal {
        deployment: events.deployment.clone(),
        fence,
        by: operator(),
        service: session.config.service.clone(),
        environment: environment.name.clone(),
        group: environment.group.clone(),
        wanted: errand.wanted.clone(),
        undoes: errand.undoes.clone(),
        aim: errand.aim,
        limits: Limits {
            failure_budget: strategy.failure_budget,
            deadline: strategy.deadline,
            settle: strategy.settle_deadline,
        },
        began: events.began,
    }
}

/// The event that opens a run.
pub(super) fn started(session: &Session<'_>, errand: &Errand, open: Option<&Entry>) -> EventKind {
    let environment = session.environment;
    let recorded = open.map(|entry| entry.record.previous.version.clone());
    EventKind::Started {
        service: session.config.service.clone(),
        environment: environment.name.clone(),
        version: errand.wanted.version.clone(),
        manifest: errand.wanted.manifest,
        from_version: recorded.unwrap_or_else(|| errand.from_version.clone()),
        account: environment.account.clone(),
        region: environment.region.clone(),
        endpoint: session.endpoint(),
        group: environment.group.clone(),
        resumed: open.is_some(),
    }
}

/// The code of an outcome. Where the way back was asked for, having gone it is success.
fn exit(outcome: &Outcome, aim: Aim) -> Exit {
    match (outcome, aim) {
        (Outcome::Done | Outcome::AlreadyRunning, _) | (Outcome::RolledBack { .. }, Aim::Back) => {
            Exit::Done
        }
        (Outcome::RolledBack { .. }, Aim::Forward) => Exit::RolledBack,
        (Outcome::Failed { .. }, _) => Exit::Failed,
        (Outcome::InDoubt { .. }, _) => Exit::InDoubt,
    }
}

/// `user@host`, for those who find the lease held or read the history.
#[expect(
    clippy::disallowed_methods,
    reason = "the user's name is in the environment, and is only shown"
)]
fn operator() -> String {
    let names = ["USER", "LOGNAME"].map(|name| std::env::var(name).ok());
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname");
    let host = host.unwrap_or_else(|_| "unknown".to_owned());
    format!("{}@{}", user(names), host.trim())
}

/// The first name that says something; in a container there is often none, and then the user's number tells at least as whom
/// the process runs.
fn user(names: [Option<String>; 2]) -> String {
    let first = names.into_iter().flatten().find(|name| !name.is_empty());
    first.unwrap_or_else(|| {
        // The folder of a process in /proc belongs to whomever it runs as.
        let uid = std::fs::metadata("/proc/self").map(|folder| folder.uid());
        uid.map_or_else(|_| "unknown".to_owned(), |uid| format!("uid-{uid}"))
    })
}

impl Explain for Unfinished {
    fn exit(&self) -> Exit {
        Exit::OtherUnfinished
    }

    fn hint(&self) -> Option<String> {
        let Self {
            version,
            environment,
            is_rollback,
            ..
        } = self;
        if *is_rollback {
            return Some(format!(
                "finish it with `deploy rollback --env {environment}`, then release yours again"
            ));
        }
        Some(format!(
            "finish it with `deploy --version {version} --env {environment}`, or undo it with `deploy rollback --env {environment}`"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_has_no_name_has_a_number() {
        let name = |name: &str| Some(name.to_owned());
        assert_eq!(user([name("ann"), name("bob")]), "ann");
        assert_eq!(user([name(""), name("bob")]), "bob");
        let nobody = user([None, name("")]);
        let number = nobody.strip_prefix("uid-").unwrap();
        assert!(number.parse::<u32>().is_ok(), "{nobody}");
    }
}
