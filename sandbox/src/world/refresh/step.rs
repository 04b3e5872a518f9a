//! How a refresh moves on whenever its group is looked at. What to do is decided in `plan` and `checkpoint`; here it is done.

use super::checkpoint::Gate;
use super::progress::Progress;
use super::record::Refresh;
use super::survey::Survey;
use super::{RefreshStatus, plan, wording};
use crate::world::agenda::Timer;
use crate::world::member::Departure;
use crate::world::{AlarmState, Group, Process, World};

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
        let halt = self.group(name).and_then(Group::halted_by);
        let Some(refresh) = self.active_refresh_mut(name) else {
            return;
        };
        if refresh.status == RefreshStatus::Baking {
            // Nobody is replaced any more, but those that a last checkpoint below 100 has left over may still go.
            refresh.to_update = refresh.to_update.min(survey.to_update(refresh.status));
            return;
        }
        if refresh.generation().is_none() {
            return;
        }
        refresh.report(&survey);
        let gate = refresh.gate(&survey, now);
        refresh.reason = halt
            .map(wording::halted)
            .or_else(|| wording::waiting(&survey, gate));
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
        let halt = self.group(name).and_then(Group::halted_by);
        let Some(refresh) = self.active_refresh_mut(name) else {
            return 0;
        };
        let gate = refresh.gate(&survey, now);
        if matches!(gate, Gate::Paused { .. }) || halt == Some(Process::InstanceRefresh) {
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
        if halt.is_some() {
            return self.hold(name, &survey);
        }
        self.next_batch(name, &survey, gate)
    }

    /// Nobody is replaced: what is above the desired capacity stays, as far as the bounds allow it.
    fn hold(&self, name: &str, survey: &Survey) -> usize {
        let refresh = self.group(name).and_then(Group::active_refresh);
        let room = refresh.map_or(0, |r| {
            let limits = r.preferences.limits(survey.desired);
            limits.ceiling.saturating_sub(survey.desired)
        });
        survey.live.len().saturating_sub(survey.desired).min(room)
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
    pub(super) fn raised_alarm(&self, name: &str) -> Option<String> {
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
        if quota != Some(0) {
            for id in &survey.aside.terminable {
                self.leave(id, Departure::Refresh);
            }
        }
        orders.surge
    }
}

impl Group {
    /// The suspended process without which nobody is replaced. A suspended `InstanceRefresh` is a pause; without `Launch` or
    /// `Terminate` the refresh tries in vain, and its hour runs (own choice).
    /// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/understand-how-suspending-processes-affects-other-processes.html>
    fn halted_by(&self) -> Option<Process> {
        let needed = [
            Process::InstanceRefresh,
            Process::Launch,
            Process::Terminate,
        ];
        needed.into_iter().find(|p| self.is_suspended(*p))
    }
}

impl Refresh {
    /// The numbers that the API tells. On the way back the percentage sinks from where the way there had got to.
    pub(super) fn report(&mut self, survey: &Survey) {
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
