//! `deploy rollback`: undoes the open deployment; with none open, releases the version before the last one.

use super::deploy;
use super::rollout::{self, Errand};
use super::session::{Session, Tools};
use super::signals;
use crate::cli::RollbackArgs;
use crate::clock;
use crate::config::Config;
use crate::exit::Exit;
use crate::failure::{Explain, Failure};
use crate::journal::{Entry, Previous};
use crate::preflight;
use crate::report::Report;
use crate::rollout::goal::{Aim, Outcome};
use contract::release::{Release, ReleaseError};

/// How many deployments back the last one with an effect is looked for: more failures in a row than anybody bears.
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
    let stop = signals::stop();
    let session = Session::begin(config, &args.environment).await?;
    let mut events = rollout::events();
    report.report(&events.event(clock::now(), session.address()));
    let tools = session.open()?;
    let way = Box::pin(find_way(&session, &tools));
    let way = signals::unless_stopped(&stop, way).await?;
    match way {
        Way::Undo(open) => {
            let errand = Errand {
                wanted: open.record.goal.clone(),
                aim: Aim::Back,
                from_version: open.record.previous.version.clone(),
            };
            rollout::carry_out(&session, &tools, errand, events, stop, report).await
        }
        Way::Release(release) => {
            let forward = deploy::release_forward(&session, &tools, &release, events, stop, report);
            Box::pin(forward).await
        }
    }
}

/// The way back: out of the open deployment, or, with none open, forward to an earlier release.
enum Way {
    Undo(Box<Entry>),
    Release(Box<Release>),
}

async fn find_way(session: &Session<'_>, tools: &Tools) -> Result<Way, Failure> {
    let Some(open) = tools.journal.open().await? else {
        return Ok(Way::Release(Box::new(
            release_before(session, tools).await?,
        )));
    };
    session.check_account(tools).await?;
    preflight::survey(&tools.fleet, session.environment).await??;
    Ok(Way::Undo(Box::new(open)))
}

/// The release that the last deployment with an effect replaced, verified like any other.
async fn release_before(session: &Session<'_>, tools: &Tools) -> Result<Release, Failure> {
    let nothing = || NothingBefore {
        environment: session.environment.name.to_string(),
    };
    let last = tools.journal.newest_that(LOOK_BACK, has_left_its_mark);
    let last = last.await?;
    let previous = last.as_ref().map(|entry| &entry.record.previous);
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

/// Whether a deployment has changed what the group runs: it is done, or it failed half way. One that was rolled back has not.
fn has_left_its_mark(entry: &Entry) -> bool {
    let closed = entry.closed.as_ref();
    closed.is_some_and(|closed| matches!(closed.outcome, Outcome::Done | Outcome::Failed { .. }))
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
