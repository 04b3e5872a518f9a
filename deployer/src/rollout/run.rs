//! The only loop: observe, decide, announce, apply. It adds no judgement of its own.

use crate::fleet::{Applied, FleetError};
use crate::journal::{Closed, Entry, JournalError, Record, Standing, TurnedBack};
use crate::rollout::action::Action;
use crate::rollout::decide::decide;
use crate::rollout::decision::{Decision, sight};
use crate::rollout::driver::{DriveError, Driver};
use crate::rollout::event::{DeployEvent, EventKind, WaitingOn};
use crate::rollout::goal::{Aim, Outcome, Reason};
use crate::rollout::observation::{Blindness, MemberFailure, Observation};
use crate::rollout::{news, safety};
use jiff::Timestamp;
use std::time::Duration;
use tokio::sync::watch;

/// How often the reporter is told that time passes while the driver rests: smooth to the eye.
const TICK: Duration = Duration::from_millis(200);

/// How long a look may take before it is said: many times what it takes when AWS answers.
const SLOW_LOOK: Duration = Duration::from_secs(10);

/// One run. What it remembers is only what AWS and the journal cannot tell.
pub(super) struct Run<'a> {
    driver: Driver<'a>,
    entry: Option<Entry>,
    failed_before: Vec<MemberFailure>,
    applied: Vec<Action>,
    refused: Vec<(Action, String)>,
    trouble: Option<String>,
    blind_since: Option<Timestamp>,
    before: Option<Observation>,
    awaited: Option<WaitingOn>,
    hesitated: Option<Action>,
    unkept: Vec<DeployEvent>,
}

impl<'a> Run<'a> {
    /// A run that has not looked yet. `entry` is the open deployment, `failed_before` what earlier runs of it have seen.
    pub(super) fn new(
        driver: Driver<'a>,
        entry: Option<Entry>,
        failed_before: Vec<MemberFailure>,
    ) -> Self {
        Self {
            driver,
            entry,
            failed_before,
            applied: Vec::new(),
            refused: Vec::new(),
            trouble: None,
            blind_since: None,
            before: None,
            awaited: None,
            hesitated: None,
            unkept: Vec::new(),
        }
    }

    /// Runs to an outcome; `started` announces it.
    pub(super) async fn drive(mut self, started: EventKind) -> Result<Outcome, DriveError> {
        self.tell(started).await?;
        loop {
            if *self.driver.stop.borrow() {
                return Err(match &self.entry {
                    None => DriveError::InterruptedEarly,
                    Some(entry) if is_going_back(entry, self.driver.goal.aim) => {
                        DriveError::InterruptedGoingBack
                    }
                    Some(_) => DriveError::Interrupted,
                });
            }
            match self.step().await {
                Ok(None) => {}
                Ok(Some(outcome)) => return Ok(self.finish(outcome).await),
                // The store is out of sight for a moment: look again, with the same patience as for AWS.
                Err(JournalError::Store(error)) => self.stumble(error.to_string()).await?,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// One look, one decision, one action or rest.
    async fn step(&mut self) -> Result<Option<Outcome>, JournalError> {
        let Some(seen) = self.observe().await else {
            return Ok(None);
        };
        let standing = self.driver.tenure.borrow().standing(seen.at);
        if let Standing::Lost(detail) = standing {
            let reason = Reason::LeaseLost { detail };
            return Ok(Some(Outcome::InDoubt { reason }));
        }
        let decision = decide(self.driver.goal, &seen);
        let told = self.tell_news(&seen).await;
        // A run that has to end does so also where its news cannot be kept.
        if let Decision::Finish(outcome) = decision {
            return Ok(Some(outcome));
        }
        told?;
        if let Standing::RanOut(detail) = standing {
            // Why AWS cannot be read is most likely why the lease could not be renewed, and says more.
            self.stumble(seen.fleet.blindness().unwrap_or(detail))
                .await?;
            return Ok(None);
        }
        match decision {
            Decision::Finish(outcome) => return Ok(Some(outcome)),
            Decision::Wait(on) => self.wait(on).await?,
            Decision::Act(action) => self.act(action, &seen).await?,
        }
        Ok(None)
    }

    /// What is seen now; none when a signal came first.
    async fn observe(&mut self) -> Option<Observation> {
        let record = self.entry.as_ref().map(|entry| &entry.record);
        let mut look = self.driver.fleet.observe(record);
        let mut is_told = false;
        let fleet = loop {
            tokio::select! {
                biased;
                fleet = &mut look => break fleet,
                () = stopped(&mut self.driver.stop) => return None,
                () = self.driver.pace.rest(SLOW_LOOK), if !is_told => {
                    let now = self.driver.pace.now();
                    let since = self.blind_since.unwrap_or(now);
                    let on = sight(since, "AWS takes long to answer".to_owned());
                    let told = EventKind::Waiting { on };
                    self.driver.report.report(&self.driver.events.event(now, told));
                    is_told = true;
                }
            }
        };
        let at = self.driver.pace.now();
        let detail = self.trouble.take().or_else(|| fleet.blindness());
        self.blind_since = detail.as_ref().map(|_| self.blind_since.unwrap_or(at));
        let blind = self
            .blind_since
            .zip(detail)
            .map(|(since, detail)| Blindness { since, detail });
        Some(Observation {
            at,
            entry: self.entry.clone(),
            fleet,
            applied: self.applied.clone(),
            refused: self.refused.clone(),
            failed_before: self.failed_before.clone(),
            blind,
        })
    }

    async fn tell_news(&mut self, seen: &Observation) -> Result<(), JournalError> {
        for kind in news::between(self.before.as_ref(), seen) {
            self.tell(kind).await?;
        }
        // Told is told, whatever the journal does next; a look that shows nothing is none to compare with.
        if seen.fleet.group.known().is_some() && seen.fleet.targets.known().is_some() {
            self.before = Some(seen.clone());
        }
        for failure in safety::new_failures(seen) {
            self.tell(failure.clone().into()).await?;
            self.failed_before.push(failure);
        }
        Ok(())
    }

    async fn wait(&mut self, on: WaitingOn) -> Result<(), JournalError> {
        if self.awaited.as_ref() != Some(&on) {
            self.tell(EventKind::Waiting { on: on.clone() }).await?;
            self.awaited = Some(on);
        }
        self.rest().await;
        Ok(())
    }

    async fn act(&mut self, action: Action, seen: &Observation) -> Result<(), JournalError> {
        if self.applied.contains(&action) {
            // AWS answers reads from copies that lag behind: give it a moment before repeating, and not for ever.
            self.trouble = Some(format!("no effect is visible yet of: {action}"));
            if self.hesitated.replace(action.clone()).as_ref() != Some(&action) {
                self.rest().await;
                return Ok(());
            }
            self.hesitated = None;
        }
        self.awaited = None;
        self.announce(&action).await?;
        let result = if action.is_journal() {
            self.write(&action, seen).await?;
            Ok(Applied::Done)
        } else {
            self.call(&action).await
        };
        match result {
            Ok(Applied::Done) => {
                self.applied.push(action.clone());
                self.tell(EventKind::ActionDone { action }).await
            }
            Ok(Applied::Refused(detail)) => {
                self.refused.push((action.clone(), detail.clone()));
                self.tell(EventKind::ActionRefused { action, detail }).await
            }
            Err(error) => self.stumble(error.to_string()).await,
        }
    }

    /// Trouble on the way to AWS or the store: it is said, and after a rest the next look decides.
    async fn stumble(&mut self, trouble: String) -> Result<(), JournalError> {
        let since = *self.blind_since.get_or_insert(self.driver.pace.now());
        self.trouble = Some(trouble.clone());
        self.wait(sight(since, trouble)).await
    }

    /// The announcement is in the journal before the action is taken.
    async fn announce(&mut self, action: &Action) -> Result<(), JournalError> {
        if let Action::TurnBack { reason } = action {
            let reason = reason.clone();
            self.tell(EventKind::RollbackStarted { reason }).await?;
        }
        let action = action.clone();
        self.tell(EventKind::ActionStarted { action }).await
    }

    async fn call(&mut self, action: &Action) -> Result<Applied, FleetError> {
        match &self.entry {
            Some(entry) => self.driver.fleet.apply(action, &entry.record).await,
            None => Err(FleetError {
                action: action.to_string(),
                detail: "the deployment has no record".to_owned(),
            }),
        }
    }

    async fn write(&mut self, action: &Action, seen: &Observation) -> Result<(), JournalError> {
        let (journal, at) = (self.driver.journal, seen.at);
        let id = &self.driver.goal.deployment;
        match action {
            Action::Begin => {
                if let Some(record) = Record::begin(self.driver.goal, seen) {
                    journal.begin(&record).await?;
                }
            }
            Action::TurnBack { reason } => {
                journal.turn_back(id, &TurnedBack::new(reason, at)).await?;
            }
            Action::Close { outcome } => journal.close(id, &Closed::new(outcome, at)).await?,
            _ => {}
        }
        self.entry = Some(journal.entry(id).await?);
        Ok(())
    }

    async fn finish(&mut self, outcome: Outcome) -> Outcome {
        let elapsed = self.driver.events.elapsed(self.driver.pace.now());
        let told = EventKind::Finished {
            outcome: outcome.clone(),
            seconds: elapsed.as_secs(),
        };
        let event = self.driver.events.event(self.driver.pace.now(), told);
        // However the store fares, how the run ended is said.
        self.driver.report.report(&event);
        if let Err(error) = self.keep(event).await {
            tracing::warn!(%error, "the last event could not be kept in the store");
        }
        outcome
    }

    /// Keeps a lasting event, then reports it. A number is used once, also when keeping it failed: the store may have it.
    async fn tell(&mut self, kind: EventKind) -> Result<(), JournalError> {
        let event = self.driver.events.event(self.driver.pace.now(), kind);
        if event.kind.lasting() {
            self.keep(event.clone()).await?;
        }
        self.driver.report.report(&event);
        Ok(())
    }

    /// Keeps an event in the journal. Nothing is written there before the record: a run that finds nothing to do leaves
    /// nothing behind, and what was said until then follows the record.
    async fn keep(&mut self, event: DeployEvent) -> Result<(), JournalError> {
        if self.entry.is_none() {
            self.unkept.push(event);
            return Ok(());
        }
        while let Some(first) = self.unkept.first() {
            self.driver.journal.append(first).await?;
            self.unkept.remove(0);
        }
        self.driver.journal.append(&event).await
    }

    /// Rests until the next look, spread so that several runs do not poll in step; a signal ends the rest.
    async fn rest(&mut self) {
        let length = self.driver.poll.mul_f64(rand::random_range(0.8..1.2));
        let end = self.driver.pace.now() + length;
        loop {
            let left = end.duration_since(self.driver.pace.now());
            let left = Duration::try_from(left).unwrap_or_default();
            if left.is_zero() || *self.driver.stop.borrow() {
                return;
            }
            tokio::select! {
                () = self.driver.pace.rest(left.min(TICK)) => {}
                () = stopped(&mut self.driver.stop) => {}
            }
            self.driver.report.tick();
        }
    }
}

/// Whether running again finishes a way back, whichever command it is: nothing is undone by it.
fn is_going_back(entry: &Entry, aim: Aim) -> bool {
    entry.is_rollback() || entry.turned_back.is_some() || aim == Aim::Back
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
}
