//! `deploy rollback`: undoes the open deployment; with none open, releases the version before the last one.

use super::deploy;
use super::rollout::{self, Errand};
use super::session::{Session, Tools};
use crate::cli::RollbackArgs;
use crate::clock;
use crate::config::Config;
use crate::exit::Exit;
use crate::failure::{Explain, Failure};
use crate::journal::{Entry, Previous};
use crate::preflight;
use crate::report::Report;
use crate::rollout::event::EventSource;
use crate::rollout::goal::{Aim, Outcome};
use contract::release::{Release, ReleaseError};

/// How many deployments back the last successful one is looked for: more failures in a row than anybody bears.
const LOOK_BACK: usize = 50;

/// There is nothing to go back to.
#[derive(Debug, thiserror::Error)]
#[error("no earlier release of the environment `{environment}` is recorded")]
struct NothingBefore {
    environment: String,
}

/// Goes back.
pub async fn run(
    config: &Config,
    args: &RollbackArgs,
    report: &mut dyn Report,
) -> Result<Exit, Failure> {
    let session = Session::begin(config, &args.environment).await?;
    let mut events = rollout::events();
    report.report(&events.event(clock::now(), session.address()));
    let tools = session.open()?;
    if let Some(open) = tools.journal.open().await? {
        return undo(&session, &tools, &open, events, report).await;
    }
    let release = release_before(&session, &tools).await?;
    let forward = deploy::release_forward(&session, &tools, &release, events, report);
    Box::pin(forward).await
}

async fn undo(
    session: &Session<'_>,
    tools: &Tools,
    open: &Entry,
    events: EventSource,
    report: &mut dyn Report,
) -> Result<Exit, Failure> {
    session.check_account(tools).await?;
    preflight::survey(&tools.fleet, session.environment).await??;
    let errand = Errand {
        wanted: open.record.goal.clone(),
        aim: Aim::Back,
        from_version: open.record.previous.version.clone(),
    };
    rollout::carry_out(session, tools, errand, events, report).await
}

/// The release that the last successful deployment replaced, verified like any other.
async fn release_before(session: &Session<'_>, tools: &Tools) -> Result<Release, Failure> {
    let nothing = || NothingBefore {
        environment: session.environment.name.to_string(),
    };
    let newest = tools.journal.newest(LOOK_BACK).await?;
    let previous = newest.iter().find(|entry| is_done(entry));
    let previous = previous.map(|entry| &entry.record.previous);
    let Some(Previous {
        version: Some(version),
        manifest: Some(manifest),
        ..
    }) = previous
    else {
        return Err(nothing().into());
    };
    let release = session.verify_release(tools, version).await?;
    if release.digest != *manifest {
        return Err(Failure::from(ReleaseError::WrongDigest {
            service: session.config.service.clone(),
            version: version.clone(),
            wanted: *manifest,
            found: release.digest,
        }));
    }
    Ok(release)
}

fn is_done(entry: &Entry) -> bool {
    let closed = entry.closed.as_ref();
    closed.is_some_and(|closed| closed.outcome == Outcome::Done)
}

impl Explain for NothingBefore {
    fn exit(&self) -> Exit {
        Exit::UnknownVersion
    }

    fn hint(&self) -> Option<String> {
        let environment = &self.environment;
        Some(format!(
            "name the version instead: deploy --version VERSION --env {environment}"
        ))
    }
}
