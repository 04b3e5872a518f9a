//! How a refresh comes to its end: baked and successful, failed, cancelled, or turned round.

use super::progress::Progress;
use super::record::RollbackDetails;
use super::survey::Survey;
use super::{RefreshStatus, wording};
use crate::world::World;
use crate::world::agenda::Timer;

impl World {
    /// Everything is replaced: bake, or be done.
    pub(super) fn replaced(&mut self, name: &str, survey: &Survey) -> usize {
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
    pub(super) fn bake(&mut self, name: &str) -> usize {
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

    pub(super) fn finish_cancelling(&mut self, name: &str) -> usize {
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
    pub(super) fn fail_refresh(&mut self, name: &str, cause: &str) -> usize {
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
