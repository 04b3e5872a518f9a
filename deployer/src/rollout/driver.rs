//! What a run works with and how it can end. The loop itself is in [`super::run`].

use crate::exit::Exit;
use crate::failure::Explain;
use crate::fleet::Fleet;
use crate::journal::{Entry, Journal, JournalError, Tenure};
use crate::report::Report;
use crate::rollout::event::{DeployEvent, EventKind, EventSource};
use crate::rollout::goal::{Goal, Outcome};
use crate::rollout::observation::MemberFailure;
use crate::rollout::pace::Pace;
use crate::rollout::run::Run;
use std::time::Duration;
use tokio::sync::watch;

/// Everything that a run works with.
pub struct Driver<'a> {
    /// What to reach.
    pub goal: &'a Goal,
    /// AWS.
    pub fleet: &'a dyn Fleet,
    /// The deployment's files.
    pub journal: &'a Journal,
    /// How the lease stands.
    pub tenure: watch::Receiver<Tenure>,
    /// Turns true when a signal arrived.
    pub stop: watch::Receiver<bool>,
    /// Time.
    pub pace: &'a dyn Pace,
    /// Who hears of everything.
    pub report: &'a mut dyn Report,
    /// Where the numbers of events come from.
    pub events: EventSource,
    /// How long to rest between two looks.
    pub poll: Duration,
}

/// Why a run ended without an outcome.
#[derive(Debug, thiserror::Error)]
pub enum DriveError {
    /// A signal arrived before there was a record.
    #[error("interrupted before this run changed anything")]
    InterruptedEarly,
    /// A signal arrived.
    #[error("interrupted; what AWS has begun goes on by itself")]
    Interrupted,
    /// The same, on the way back.
    #[error("interrupted on the way back; what AWS has begun goes on by itself")]
    InterruptedGoingBack,
    /// The journal could not be written.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl Driver<'_> {
    /// Drives the deployment to an outcome. `entry` is the open deployment, when there is one; `started` announces the run.
    pub async fn run(
        mut self,
        entry: Option<Entry>,
        started: EventKind,
    ) -> Result<Outcome, DriveError> {
        let mut failed_before = Vec::new();
        if let Some(entry) = &entry {
            let past = self.journal.past(&entry.record.id).await?;
            self.events.next_seq = self.events.next_seq.max(past.last_seq + 1);
            failed_before.extend(past.events.into_iter().filter_map(failure));
        }
        let run = Run::new(self, entry, failed_before);
        run.drive(started).await
    }
}

/// The failed member that an event of an earlier run tells of.
fn failure(event: DeployEvent) -> Option<MemberFailure> {
    match event.kind {
        EventKind::MemberFailed {
            instance,
            phase,
            cause,
            log,
        } => Some(MemberFailure {
            instance,
            phase,
            cause,
            log,
        }),
        _ => None,
    }
}

impl Explain for DriveError {
    fn exit(&self) -> Exit {
        match self {
            Self::InterruptedEarly | Self::Interrupted | Self::InterruptedGoingBack => {
                Exit::Interrupted
            }
            Self::Journal(error) => error.exit(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            // To undo it would undo the deployment before.
            Self::InterruptedEarly => Some("run the same command again".to_owned()),
            Self::Interrupted => Some(
                "run the same command again to resume it, or `deploy rollback` to undo it"
                    .to_owned(),
            ),
            // A rollback is finished by either command, and undone by none.
            Self::InterruptedGoingBack => {
                Some("run the same command again to finish it".to_owned())
            }
            Self::Journal(error) => error.hint(),
        }
    }
}
