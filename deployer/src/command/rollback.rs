//! `deploy rollback`: undoes the open deployment; with none open, releases what served before the last one. Asked again, it
//! finds that there already, and changes nothing.

use super::deploy;
use super::rollout::{self, Errand};
use super::session::{Session, Tools};
use super::signals;
use crate::cli::RollbackArgs;
use crate::clock;
use crate::config::Config;
use crate::exit::Exit;
use crate::failure::{Explain, Failure};
use crate::journal::Entry;
use crate::preflight;
use crate::report::Report;
use crate::rollout::goal::Aim;
use contract::release::ReleaseError;

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
                undoes: open.record.undoes.clone(),
                aim: Aim::Back,
                from_version: open.record.previous.version.clone(),
            };
            rollout::carry_out(&session, &tools, errand, events, stop, report).await
        }
        Way::Release(errand) => {
            let forward = deploy::release_forward(&session, &tools, *errand, events, stop, report);
            Box::pin(forward).await
        }
    }
}

/// The way back: out of the open deployment, or, with none open, forward to an earlier release.
enum Way {
    Undo(Box<Entry>),
    Release(Box<Errand>),
}

async fn find_way(session: &Session<'_>, tools: &Tools) -> Result<Way, Failure> {
    let Some(open) = tools.journal.open().await? else {
        let errand = release_before(session, tools).await?;
        return Ok(Way::Release(Box::new(errand)));
    };
    // An interrupted rollback is resumed by the same command, not undone by it.
    if open.is_rollback() {
        let errand = resume(session, tools, &open).await?;
        return Ok(Way::Release(Box::new(errand)));
    }
    session.check_account(tools).await?;
    preflight::survey(&tools.fleet, session.environment).await??;
    Ok(Way::Undo(Box::new(open)))
}

async fn resume(session: &Session<'_>, tools: &Tools, open: &Entry) -> Result<Errand, Failure> {
    let release = session
        .verify_release(tools, &open.record.goal.version)
        .await?;
    Ok(deploy::forward(&release, open.record.undoes.clone()))
}

/// What served before the last deployment, verified like any other release.
async fn release_before(session: &Session<'_>, tools: &Tools) -> Result<Errand, Failure> {
    let last = tools.journal.newest(1).await?.pop();
    let back = last.and_then(|last| Some((last.way_back()?, last.record.id)));
    let (wanted, undone) = back.ok_or_else(|| NothingBefore {
        environment: session.environment.name.to_string(),
    })?;
    let release = session.verify_release(tools, &wanted.version).await?;
    if release.digest != wanted.manifest {
        return Err(Failure::from(ReleaseError::WrongDigest {
            service: session.config.service.clone(),
            version: wanted.version,
            wanted: wanted.manifest,
            found: release.digest,
        }));
    }
    Ok(deploy::forward(&release, Some(undone)))
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
