//! `deploy --version V --env E`: the main form.

use super::rollout::{self, Errand};
use super::session::{Session, Tools};
use super::signals;
use crate::cli::DeployArgs;
use crate::clock;
use crate::config::Config;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::fleet::Fleet;
use crate::journal::{DeploymentId, Entry};
use crate::preflight;
use crate::report::Report;
use crate::rollout::event::EventSource;
use crate::rollout::forecast;
use crate::rollout::goal::{Aim, Wanted};
use crate::rollout::observation::Observation;
use contract::release::Release;
use tokio::sync::watch;

/// Releases a version, or resumes its open deployment. With `--dry-run`, says what would be done.
pub async fn run(
    config: &Config,
    args: &DeployArgs,
    report: &mut dyn Report,
) -> Result<Exit, Failure> {
    let stop = signals::stop();
    let session = Session::begin(config, &args.environment).await?;
    let mut events = rollout::events();
    events.planned = args.dry_run;
    report.report(&events.event(clock::now(), session.address()));
    let tools = session.open()?;
    let release = session.verify_release(&tools, &args.version);
    let release = signals::unless_stopped(&stop, release).await?;
    let errand = forward(&release, None);
    let forward = release_forward(&session, &tools, errand, events, stop, report);
    Box::pin(forward).await
}

/// The errand to bring a verified release everywhere.
pub(super) fn forward(release: &Release, undoes: Option<DeploymentId>) -> Errand {
    Errand {
        wanted: Wanted {
            version: release.manifest.version.clone(),
            manifest: release.digest,
        },
        undoes,
        aim: Aim::Forward,
        from_version: None,
    }
}

/// Everything after the release itself has been verified: the group, then the plan or the run.
pub(super) async fn release_forward(
    session: &Session<'_>,
    tools: &Tools,
    mut errand: Errand,
    events: EventSource,
    stop: watch::Receiver<bool>,
    report: &mut dyn Report,
) -> Result<Exit, Failure> {
    let seen = Box::pin(check(session, tools, &errand.wanted));
    let seen = signals::unless_stopped(&stop, seen).await?;
    let base = seen
        .fleet
        .templates
        .known()
        .map(|templates| &templates.base);
    errand.from_version = base.and_then(|base| base.version.clone());
    if events.planned {
        plan(session, &errand, &seen, events, report);
        return Ok(Exit::Done);
    }
    rollout::carry_out(session, tools, errand, events, stop, report).await
}

/// Everything that may be in the way of a release; what is seen when nothing is.
async fn check(
    session: &Session<'_>,
    tools: &Tools,
    wanted: &Wanted,
) -> Result<Observation, Failure> {
    session.check_account(tools).await?;
    let open = tools.journal.open().await?;
    rollout::check_open(open.as_ref(), wanted, session)?;
    check_group(session, tools, open.as_ref()).await?;
    Ok(look(tools, open).await)
}

/// A deployment that is open already has changed the group: then only its existence is checked.
async fn check_group(
    session: &Session<'_>,
    tools: &Tools,
    open: Option<&Entry>,
) -> Result<(), Failure> {
    let survey = preflight::survey(&tools.fleet, session.environment).await??;
    if open.is_none() {
        preflight::check_group(&survey, session.environment)?;
    }
    Ok(())
}

async fn look(tools: &Tools, open: Option<Entry>) -> Observation {
    let record = open.as_ref().map(|entry| &entry.record);
    let fleet = tools.fleet.observe(record).await;
    Observation {
        at: clock::now(),
        entry: open,
        fleet,
        applied: Vec::new(),
        refused: Vec::new(),
        failed_before: Vec::new(),
        blind: None,
    }
}

fn plan(
    session: &Session<'_>,
    errand: &Errand,
    seen: &Observation,
    mut events: EventSource,
    report: &mut dyn Report,
) {
    let open = seen.entry.as_ref();
    if let Some(entry) = open {
        events.deployment = entry.record.id.clone();
    }
    let goal = rollout::goal(session, errand, &events, 0);
    let started = rollout::started(session, errand, open);
    let steps = forecast::plan(&goal, seen);
    for kind in std::iter::once(started).chain(steps) {
        report.report(&events.event(clock::now(), kind));
    }
}
