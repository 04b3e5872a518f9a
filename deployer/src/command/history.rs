//! `deploy history`.

use super::session::Session;
use crate::cli::{HistoryArgs, Output};
use crate::config::Config;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::journal::{DeploymentId, Entry};
use crate::output::{self, Line};
use crate::rollout::goal::Outcome;
use jiff::Timestamp;
use semver::Version;
use serde::Serialize;
use std::fmt;

/// One deployment.
#[derive(Debug, Serialize)]
struct Row {
    deployment: DeploymentId,
    version: Version,
    from_version: Option<Version>,
    /// The deployment that this one undid.
    #[serde(skip_serializing_if = "Option::is_none")]
    undoes: Option<DeploymentId>,
    by: String,
    created: Timestamp,
    ended: Option<Timestamp>,
    /// None while it is open.
    outcome: Option<Outcome>,
}

/// Lists the deployments of an environment.
pub async fn run(config: &Config, args: &HistoryArgs, output: Output) -> Result<Exit, Failure> {
    let session = Session::begin(config, &args.environment).await?;
    let entries = session.open()?.journal.newest(args.limit).await?;
    if entries.is_empty() {
        output::remark("no deployment yet");
    }
    for entry in entries {
        output::print(output, &Line::new("deployment", Row::from(entry)));
    }
    Ok(Exit::Done)
}

impl From<Entry> for Row {
    fn from(entry: Entry) -> Self {
        let Entry { record, closed, .. } = entry;
        Self {
            deployment: record.id,
            version: record.goal.version,
            from_version: record.previous.version,
            undoes: record.undoes,
            by: record.by,
            created: record.created,
            ended: closed.as_ref().map(|closed| closed.at),
            outcome: closed.map(|closed| closed.outcome),
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let from = match &self.from_version {
            Some(version) => version.to_string(),
            None => "-".to_owned(),
        };
        let outcome = self.outcome.as_ref().map_or("open".to_owned(), ending);
        let Self {
            deployment,
            version,
            by,
            ..
        } = self;
        write!(f, "{deployment}  {from} -> {version}  {outcome}  by {by}")?;
        match &self.undoes {
            Some(undone) => writeln!(f, "  undoes {undone}"),
            None => writeln!(f),
        }
    }
}

/// How a deployment ended, in a few words.
pub(super) fn ending(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Done => "done".to_owned(),
        Outcome::AlreadyRunning => "already running".to_owned(),
        Outcome::RolledBack { reason } => format!("rolled back ({reason})"),
        Outcome::Failed { reason } => format!("failed ({reason})"),
        Outcome::InDoubt { reason } => format!("in doubt ({reason})"),
    }
}
