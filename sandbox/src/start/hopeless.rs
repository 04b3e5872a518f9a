//! Giving up early on a service that cannot start: one launch may fail for any reason, all of them fail for one.

use super::{Sandbox, StartError};
use crate::names;
use crate::state::DISK_HINT;
use crate::world::{ActivityStatus, Lifecycle, World};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// As many lines of a service as say why it ended.
const LINES: usize = 8;

impl Sandbox {
    /// Waits until there is no hope that the group comes up; answers how many launches have failed. Nobody lets anything go
    /// wrong on demand while a sandbox comes up.
    pub(super) async fn until_hopeless(&self) -> usize {
        let group = &self.description.group;
        self.cloud.until(|world| hopeless(world, group)).await
    }

    /// The error for that.
    pub(super) fn never_started(&self, launches: usize) -> StartError {
        let store = self.folder().store().join(names::BUCKET);
        let failure = last_failure(&store.join("status"));
        StartError::NeverStarted {
            launches,
            hint: failure.as_ref().map_or(LOGS, hint),
            last: failure.map(told).unwrap_or_default(),
        }
    }
}

/// More launches have failed than there are to be members, so that one was tried again, and nobody has ever served.
fn hopeless(world: &World, group: &str) -> Option<usize> {
    let group = world.group(group)?;
    let serves = |state| state == Lifecycle::InService;
    if group
        .members
        .values()
        .any(|member| serves(member.lifecycle))
    {
        return None;
    }
    let failed = group.activities.iter().filter(|activity| {
        matches!(
            activity.status,
            ActivityStatus::Failed | ActivityStatus::Cancelled
        )
    });
    let failed = failed.count();
    (failed > group.desired).then_some(failed)
}

/// What matters here of an agent's status document.
#[derive(Deserialize)]
struct Status {
    failure: Option<Failure>,
}

#[derive(Deserialize)]
struct Failure {
    during: String,
    cause: String,
    #[serde(default)]
    log: Vec<String>,
}

/// What the agent whose status document was written last says of its failure.
fn last_failure(folder: &Path) -> Option<Failure> {
    let mut documents = Vec::new();
    collect(folder, &mut documents);
    documents.sort();
    documents.into_iter().rev().find_map(|(_, path)| {
        let text = std::fs::read(path).ok()?;
        let status: Status = serde_json::from_slice(&text).ok()?;
        status.failure
    })
}

/// What the owner of a service that does not get ready has to look at.
const SERVICE: &str = "does it take its socket from LISTEN_FDS, say READY=1 to NOTIFY_SOCKET and answer --health-path with 200? \
                       README.md says what a service owes under \"Your own service\"";

/// Where more stands when nobody knows what to look at.
const LOGS: &str = "read instances/*/agent.log and console.log in the state folder";

fn hint(failure: &Failure) -> &'static str {
    if failure.cause.contains("No space left on device") {
        return DISK_HINT;
    }
    match &*failure.during {
        "starting" => SERVICE,
        _ => LOGS,
    }
}

fn told(failure: Failure) -> String {
    let Failure { cause, log, .. } = failure;
    let tail = log.len().saturating_sub(LINES);
    let lines = log.iter().skip(tail);
    let told = std::iter::once(format!("; an agent says: {cause}")).chain(lines.cloned());
    told.collect::<Vec<_>>().join("\n  ")
}

/// Every document below a folder, with the time of its writing.
fn collect(folder: &Path, documents: &mut Vec<(SystemTime, PathBuf)>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => collect(&path, documents),
            Ok(metadata) => {
                let written = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                documents.push((written, path));
            }
            Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_service_that_was_started_is_asked_whether_it_keeps_the_contract() {
        let failed = |during: &str, cause: &str| Failure {
            during: during.to_owned(),
            cause: cause.to_owned(),
            log: Vec::new(),
        };
        let exited = failed("starting", "the server exited with status 1");
        assert_eq!(hint(&exited), SERVICE);
        let full = failed("fetching", "No space left on device (os error 28)");
        assert_eq!(hint(&full), DISK_HINT);
        assert_eq!(hint(&failed("resolving", "no manifest")), LOGS);
    }
}
