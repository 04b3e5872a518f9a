//! Deploys that are started from here: one at a time, and what became of the last.

use super::refusal::Refusal;
use futures_util::future::BoxFuture;
use http::StatusCode;
use jiff::Timestamp;
use semver::Version;
use serde::Serialize;
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// As many lines as a reader scrolls back through.
const LINES: usize = 200;

/// Takes the lines that a deploy says.
pub type Say = Arc<dyn Fn(&str) + Send + Sync>;

/// Publishes and deploys.
pub trait Releaser: fmt::Debug + Send + Sync + 'static {
    /// Publishes `version` unless it is published, and deploys it.
    fn release(&self, version: Version, say: Say) -> BoxFuture<'static, Released>;
}

/// How a deploy ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Released {
    /// The exit status of `deploy`; `null` if it never ran or did not exit.
    pub exit_code: Option<i32>,
    /// What that means.
    pub outcome: String,
}

/// A deploy, under way or over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeployView {
    /// What is deployed.
    pub version: String,
    /// When it was started.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// How it ended.
    #[serde(flatten)]
    pub released: Option<Released>,
    /// The last lines that it said.
    pub lines: VecDeque<String>,
}

/// The deploys of one sandbox.
#[derive(Debug, Default)]
pub(super) struct Deploys {
    last: Mutex<Option<DeployView>>,
    changed: watch::Sender<u64>,
}

impl Deploys {
    /// Notes that a deploy begins.
    pub(super) fn begin(&self, version: &Version, now: Timestamp) -> Result<(), Refusal> {
        let mut last = self.lock();
        if let Some(running) = last.as_ref().filter(|last| last.ended.is_none()) {
            let error = format!("the deploy of {} is under way", running.version);
            let hint = "wait until it has ended";
            return Err(Refusal::new(StatusCode::CONFLICT, error, hint));
        }
        *last = Some(DeployView {
            version: version.to_string(),
            started: now,
            ended: None,
            released: None,
            lines: VecDeque::new(),
        });
        drop(last);
        self.tick();
        Ok(())
    }

    /// Notes a line that it says.
    pub(super) fn say(&self, line: &str) {
        if let Some(last) = self.lock().as_mut() {
            last.lines.push_back(line.to_owned());
            if last.lines.len() > LINES {
                last.lines.pop_front();
            }
        }
        self.tick();
    }

    /// Notes its end.
    pub(super) fn end(&self, released: Released, now: Timestamp) {
        if let Some(last) = self.lock().as_mut() {
            last.ended = Some(now);
            last.released = Some(released);
        }
        self.tick();
    }

    /// The one under way, or else the last one.
    pub(super) fn last(&self) -> Option<DeployView> {
        self.lock().clone()
    }

    /// Ticks whenever there is something new.
    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    fn tick(&self) {
        self.changed.send_modify(|count| *count += 1);
    }

    fn lock(&self) -> MutexGuard<'_, Option<DeployView>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The version that nobody has used yet: the next minor one after all of these.
pub(super) fn next<'a>(used: impl IntoIterator<Item = &'a str>) -> Version {
    let parsed = used
        .into_iter()
        .filter_map(|text| Version::parse(text).ok());
    let latest = parsed.max().unwrap_or_else(|| Version::new(0, 0, 0));
    Version::new(latest.major, latest.minor + 1, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_version_is_after_all_that_were_used() {
        assert_eq!(
            next(["1.0.0", "1.10.3", "1.9.0", "?"]).to_string(),
            "1.11.0"
        );
        assert_eq!(next(["1.0.0"]).to_string(), "1.1.0");
    }

    #[test]
    fn one_deploy_at_a_time() {
        let (deploys, now) = (Deploys::default(), Timestamp::UNIX_EPOCH);
        let version = Version::new(1, 1, 0);
        deploys.begin(&version, now).unwrap();
        let refused = deploys.begin(&version, now).unwrap_err();
        assert_eq!(refused.status, StatusCode::CONFLICT);
        let released = Released {
            exit_code: Some(0),
            outcome: "done".to_owned(),
        };
        deploys.end(released, now);
        assert_eq!(deploys.begin(&version, now), Ok(()));
    }

    #[test]
    fn only_the_last_lines_are_kept() {
        let deploys = Deploys::default();
        let version = Version::new(1, 1, 0);
        deploys.begin(&version, Timestamp::UNIX_EPOCH).unwrap();
        for number in 0..=LINES {
            deploys.say(&number.to_string());
        }
        let lines = deploys.last().unwrap().lines;
        assert_eq!((lines.len(), &*lines[0]), (LINES, "1"));
    }
}
