//! How a refresh moves on whenever its group is looked at. What to do is decided in `plan` and `checkpoint`; here it is done.

use super::checkpoint::Gate;
use super::progress::Progress;
use super::record::{Refresh, RollbackDetails};
use super::survey::Survey;
use super::{RefreshStatus, plan, wording};
use crate::world::agenda::Timer;
use crate::world::member::Departure;
use crate::world::{AlarmState, Group, World};

impl World {
    /// Moves the active refresh on. Returns by how much the group may exceed its desired capacity for it.
    pub(in crate::world) fn refresh_step(&mut self, name: &str) -> usize {
        match self.refresh_status(name) {
            Some(RefreshStatus::Pending) => self.begin(name),
            Some(RefreshStatus::InProgress | RefreshStatus::RollbackInProgress) => self.roll(name),
            Some(RefreshStatus::Baking) => self.bake(name),
            Some(RefreshStatus::Cancelling) => self.finish_cancelling(name),
            _ => 0,
        }
    }

    /// Brings the numbers and the reason up to date after the group has acted, and sees to the next look.
    pub(in crate::world) fn refresh_follow_up(&mut self, name: &str) {
        let Some(survey) = self.survey(name) else {
            return;
        };
        let now = self.now;
        let patience = self.timings.refresh_no_progress;
        let longest = self.timings.refresh_longest;
        let Some(refresh) = self.active_refresh_mut(name) else {
            return;
        };
        if refresh.generation().is_none() || refresh.status == RefreshStatus::Baking {
            return;
        }
        refresh.report(&survey);
        let gate = refresh.gate(&survey, now);
        refresh.reason = wording::waiting(&survey, gate);
        let pause = if let Gate::Paused { until, .. } = gate {
            Some(until)
        } else {
            None
        };
        let moments = [
            survey.next(),
            pause,
            refresh.progress.stuck_at(patience),
            refresh.progress.exhausted_at(longest),
        ];
        for at in moments.into_iter().flatten().filter(|at| *at > now) {
            self.agenda.remind(at, Timer::Look(name.to_owned()));
        }
    }

    fn refresh_status(&self, name: &str) -> Option<RefreshStatus> {
        Some(self.group(name)?.active_refresh()?.status)
    }

    pub(super) fn active_refresh_mut(&mut self, name: &str) -> Option<&mut Refresh> {
        self.groups
            .get_mut(name)
            .and_then(Group::active_refresh_mut)
    }

    fn begin(&mut self, name: &str) -> usize {
        let (now, delay) = (self.now, self.timings.refresh_start);
        let Some(refresh) = self.active_refresh_mut(name) else {
            return 0;
        };
        let at = refresh.started + delay;
        if now < at {
            self.agenda.remind(at, Timer::Look(name.to_owned()));
            return 0;
        }
        refresh.status = RefreshStatus::InProgress;
        refresh.progress = Progress::new(now);
        self.roll(name)
    }

    /// One look at a refresh or rollback under way: finished, not to go on, or another batch.
    fn roll(&mut self, name: &str) -> usize {
        let Some(survey) = self.survey(name) else {
            return 0;
        };
        let now = self.now;
        let Some(refresh) = self.active_refresh_mut(name) else {
            return 0;
        };
        let gate = refresh.gate(&survey, now);
        if matches!(gate, Gate::Paused { .. }) {
            refresh.progress.rest(now);
        } else {
            refresh.progress.note(now, &survey);
        }
        if let Some(alarm) = self.raised_alarm(name) {
            return self.fail_refresh(name, &wording::alarm(&alarm));
        }
        if survey.departing.is_empty() && (survey.replaced() || gate == Gate::Over) {
            return self.replaced(name, &survey);
        }
        if let Some(cause) = self.hopeless(name) {
            return self.fail_refresh(name, &cause);
        }
        self.next_batch(name, &survey, gate)
    }

    /// Why the refresh cannot go on, if it cannot.
    fn hopeless(&self, name: &str) -> Option<String> {
        let refresh = self.group(name)?.active_refresh()?;
        let patience = self.timings.refresh_no_progress;
        let longest = self.timings.refresh_longest;
        let over = |end: Option<jiff::Timestamp>| end.is_some_and(|end| self.now >= end);
        if over(refresh.progress.stuck_at(patience)) {
            return Some(wording::no_progress(patience));
        }
        over(refresh.progress.exhausted_at(longest)).then(|| wording::too_long(longest))
    }

    /// The first of the refresh's alarms that is in `ALARM`. On the way back nobody asks: what raised it is being removed (own
    /// choice).
    fn raised_alarm(&self, name: &str) -> Option<String> {
        let refresh = self.group(name)?.active_refresh()?;
        let watched = refresh.preferences.alarms.iter();
        let raised = |name: &&String| self.alarm_state(name) == Some(AlarmState::Alarm);
        watched
            .filter(|_| refresh.rollback.is_none())
            .find(raised)
            .cloned()
    }

    fn next_batch(&mut self, name: &str, survey: &Survey, gate: Gate) -> usize {
        let Some(group) = self.group(name) else {
            return 0;
        };
        let Some(refresh) = group.active_refresh() else {
            return 0;
        };
        let limits = refresh.preferences.limits(survey.desired);
        let quota = match gate {
            Gate::Open => None,
            Gate::UpTo(quota) => Some(quota),
            Gate::Paused { .. } | Gate::Over => Some(0),
        };
        let orders = plan::plan(&survey.seen(group, limits), limits, quota);
        for id in orders.leave {
            if let Some(group) = self.groups.get_mut(name) {
                group.owed.refresh += 1;
            }
            self.leave(&id, Departure::Refresh);
        }
        orders.surge
    }

    /// Everything is replaced: bake, or be done.
    fn replaced(&mut self, name: &str, survey: &Survey) -> usize {
        let now = self.now;
        let Some(refresh) = self.active_refresh_mut(name) else {
            return 0;
        };
        refresh.report(survey);
        if refresh.status == RefreshStatus::RollbackInProgress {
            refresh.end(now, RefreshStatus::RollbackSuccessful, None);
            return 0;
        }
        refresh.status = RefreshStatus::Baking;
        refresh.baking_since = Some(now);
        self.bake(name)
    }

    /// The group takes the new configuration over when the refresh has succeeded, and not before.
    fn bake(&mut self, name: &str) -> usize {
        if let Some(alarm) = self.raised_alarm(name) {
            return self.fail_refresh(name, &wording::alarm(&alarm));
        }
        let now = self.now;
        let Some(group) = self.groups.get_mut(name) else {
            return 0;
        };
        let Some(refresh) = group.active_refresh_mut() else {
            return 0;
        };
        let until =
            refresh.baking_since.unwrap_or(now) + refresh.preferences.bake_time.unwrap_or_default();
        if now < until {
            refresh.reason = Some(format!("Waiting for the bake time to end at {until}."));
            self.agenda.remind(until, Timer::Look(name.to_owned()));
            return 0;
        }
        refresh.end(now, RefreshStatus::Successful, None);
        if let Some(desired) = refresh.desired.clone() {
            group.template = desired;
        }
        0
    }

    fn finish_cancelling(&mut self, name: &str) -> usize {
        let now = self.now;
        let Some(group) = self.groups.get_mut(name) else {
            return 0;
        };
        let Some(refresh) = group.active_refresh() else {
            return 0;
        };
        let transitioning = group
            .members
            .values()
            .any(|m| m.lifecycle.is_moving() && refresh.has_moved(m));
        if !transitioning && let Some(refresh) = group.active_refresh_mut() {
            refresh.end(
                now,
                RefreshStatus::Cancelled,
                Some(wording::CANCELLED.to_owned()),
            );
        }
        0
    }

    /// A refresh that cannot go on fails, or turns round if it was told to; a rollback that cannot go on has failed.
    fn fail_refresh(&mut self, name: &str, cause: &str) -> usize {
        let now = self.now;
        let Some(refresh) = self.active_refresh_mut(name) else {
            return 0;
        };
        let reason = Some(cause.to_owned());
        match (refresh.status, refresh.preferences.auto_rollback) {
            (RefreshStatus::RollbackInProgress, _) => {
                refresh.end(now, RefreshStatus::RollbackFailed, reason);
            }
            (_, true) => self.turn_round(name, wording::automatic_rollback(cause)),
            (_, false) => refresh.end(now, RefreshStatus::Failed, reason),
        }
        0
    }

    /// Starts the way back: what the refresh has launched is now outdated.
    pub(super) fn turn_round(&mut self, name: &str, reason: String) {
        let now = self.now;
        let Some(group) = self.groups.get_mut(name) else {
            return;
        };
        group.launch_failures = 0;
        group.launch_not_before = None;
        let Some(refresh) = group.active_refresh_mut() else {
            return;
        };
        refresh.rollback = Some(RollbackDetails {
            reason,
            started: now,
            percentage: refresh.percentage,
            to_update: refresh.to_update,
        });
        refresh.status = RefreshStatus::RollbackInProgress;
        refresh.reason = None;
        refresh.progress = Progress::new(now);
        self.stir_group(name);
    }
}

impl Refresh {
    /// The numbers that the API tells. On the way back the percentage sinks from where the way there had got to.
    fn report(&mut self, survey: &Survey) {
        let percentage = survey.percentage();
        self.percentage = match &self.rollback {
            Some(details) => details.percentage * (100 - percentage) / 100,
            None => percentage,
        };
        self.to_update = survey.to_update(self.status);
    }

    /// A rollback does not stop at checkpoints.
    fn gate(&mut self, survey: &Survey, now: jiff::Timestamp) -> Gate {
        if self.rollback.is_some() {
            return Gate::Open;
        }
        self.checkpoints.gate(&self.preferences, survey, now)
    }
}
