//! The evaluation of alarms as time passes: every minute, and every ten seconds for those with shorter periods; over periods
//! that are complete.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html>

use std::time::Duration;

use jiff::Timestamp;

use super::evaluate::{evaluate, range};
use super::reason::{self, Seen};
use super::{AlarmEventKind, AlarmSpec, AlarmState};
use crate::world::World;
use crate::world::agenda::Timer;
use crate::world::metric::floor;

/// Alarms with a period below a minute are evaluated so often, in seconds.
const SHORT_CADENCE: u32 = 10;

impl World {
    /// Has the alarm evaluated when its time next comes.
    pub(super) fn watch(&mut self, name: &str) {
        let Some(alarm) = self.alarm(name) else {
            return;
        };
        let cadence = self.cadence(&alarm.spec);
        self.begin_measuring();
        let next = floor(self.now, cadence) + cadence;
        self.agenda.remind(next, Timer::Alarm(name.to_owned()));
    }

    fn cadence(&self, spec: &AlarmSpec) -> Duration {
        if spec.period < 60 {
            self.timings.metric_time(SHORT_CADENCE)
        } else {
            self.timings.metric_minute
        }
    }

    /// The alarm's time has come.
    pub(in crate::world) fn evaluate_alarm(&mut self, name: &str) {
        self.watch(name);
        let Some(alarm) = self.alarm(name) else {
            return;
        };
        let (spec, before) = (alarm.spec.clone(), alarm.state);
        let seen = self.seen(&spec);
        let values: Vec<_> = seen.iter().map(|seen| seen.value).collect();
        let verdict = evaluate(&spec, &values);
        let state = verdict.state.unwrap_or(before);
        if state == before {
            self.act_again(name, reason::newest(&seen));
        } else {
            let reason = reason::reason(&spec, self.now, (before, state), &seen, &verdict);
            self.change_alarm(name, state, reason);
        }
    }

    /// The last periods, oldest first.
    fn seen(&self, spec: &AlarmSpec) -> Vec<Seen> {
        let period = self.timings.metric_time(spec.period);
        let end = floor(self.now, self.cadence(spec));
        let starts = (1..=range(spec)).rev().map(|back| end - period * back);
        let seen = |start: Timestamp| {
            let span = (start, start + period);
            let point = self
                .metrics
                .between(&spec.metric, spec.unit.as_deref(), span);
            Seen {
                start,
                count: point.as_ref().map_or(0.0, |point| point.datum.count()),
                value: point.and_then(|point| point.datum.statistic(spec.statistic)),
            }
        };
        starts.map(seen).collect()
    }

    /// The newest value that an alarm of this kind sees.
    pub(in crate::world) fn latest(&self, spec: &AlarmSpec) -> Option<f64> {
        reason::newest(&self.seen(spec))
    }

    /// Sets off the actions of the state that the alarm has just got into.
    pub(super) fn act(&mut self, name: &str, value: Option<f64>) {
        for arn in self.actions(name) {
            let outcome = match self.set_off(&arn, name, value) {
                Some(true) => format!("Successfully executed action {arn}"),
                Some(false) => format!("Action {arn} had nothing to change"),
                None => format!("Nobody is notified here of action {arn}"),
            };
            self.alarms
                .note(self.now, name, AlarmEventKind::Action { arn, outcome });
        }
    }

    /// Scaling policies are set off again as long as the state lasts, everything else once.
    fn act_again(&mut self, name: &str, value: Option<f64>) {
        for arn in self.actions(name) {
            if self.set_off(&arn, name, value) == Some(true) {
                let outcome = format!("Successfully executed action {arn}");
                self.alarms
                    .note(self.now, name, AlarmEventKind::Action { arn, outcome });
            }
        }
    }

    fn actions(&self, name: &str) -> Vec<String> {
        let Some(alarm) = self.alarm(name).filter(|a| a.spec.actions_enabled) else {
            return Vec::new();
        };
        let actions = &alarm.spec.actions;
        match alarm.state {
            AlarmState::Ok => actions.ok.clone(),
            AlarmState::Alarm => actions.alarm.clone(),
            AlarmState::InsufficientData => actions.insufficient_data.clone(),
        }
    }
}
