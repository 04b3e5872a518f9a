//! The state of an alarm, how it changes, and what is remembered of it. Who changes it: `SetAlarmState`, and the evaluation of
//! its metric.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;

use super::{AlarmSpec, reason};
use crate::wire::error::ApiError;
use crate::world::World;

/// CloudWatch keeps an alarm's history for 30 days; here it is bounded by number, since an alarm that flaps in virtual time
/// must not fill the memory.
const EVENTS_KEPT: usize = 1_000;

/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlarmState {
    /// Within the threshold.
    Ok,
    /// Outside the threshold.
    Alarm,
    /// Not enough data to tell; every new alarm.
    InsufficientData,
}

/// Why an alarm is in its state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AlarmReason {
    /// For people.
    pub text: String,
    /// JSON.
    pub data: Option<String>,
}

/// One alarm.
#[derive(Debug, Clone)]
pub struct Alarm {
    /// Its definition.
    pub spec: AlarmSpec,
    /// Its ARN.
    pub arn: String,
    /// When its definition was last put.
    pub configured: Timestamp,
    /// Where it stands.
    pub state: AlarmState,
    /// Why.
    pub reason: AlarmReason,
    /// When the state was last set, to whatever.
    pub updated: Timestamp,
    /// When the state last became another.
    pub transitioned: Timestamp,
}

/// One entry of `DescribeAlarmHistory`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmEvent {
    /// When.
    pub at: Timestamp,
    /// Which alarm.
    pub alarm: String,
    /// What.
    pub kind: AlarmEventKind,
}

/// What has happened to an alarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AlarmEventKind {
    /// `ConfigurationUpdate`: created.
    Created,
    /// `ConfigurationUpdate`: its definition was put again.
    Updated,
    /// `ConfigurationUpdate`: deleted.
    Deleted,
    /// `StateUpdate`: it went from one state to another.
    Changed {
        /// Before.
        from: AlarmState,
        /// After.
        to: AlarmState,
        /// Why.
        reason: AlarmReason,
    },
    /// `Action`: a change of state set this off.
    Action {
        /// The action's ARN.
        arn: String,
        /// What came of it.
        outcome: String,
    },
}

/// Every alarm, by name, and what has happened to them, the deleted included.
#[derive(Debug, Clone, Default)]
pub(in crate::world) struct Alarms {
    by_name: BTreeMap<String, Alarm>,
    history: VecDeque<AlarmEvent>,
}

impl AlarmState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Ok, Self::Alarm, Self::InsufficientData];

    /// The `StateValue` of the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Alarm => "ALARM",
            Self::InsufficientData => "INSUFFICIENT_DATA",
        }
    }
}

impl AlarmReason {
    /// A reason without data.
    pub fn plain(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            data: None,
        }
    }
}

impl Alarms {
    pub(super) fn note(&mut self, at: Timestamp, alarm: &str, kind: AlarmEventKind) {
        if self.history.len() == EVENTS_KEPT {
            self.history.pop_front();
        }
        let alarm = alarm.to_owned();
        self.history.push_back(AlarmEvent { at, alarm, kind });
    }
}

impl World {
    /// `PutMetricAlarm`. A new alarm has insufficient data; one that exists keeps its state.
    ///
    /// # Errors
    /// `ValidationError` for what cannot be an alarm.
    pub fn put_alarm(&mut self, now: Timestamp, spec: AlarmSpec) -> Result<(), ApiError> {
        self.catch_up(now);
        spec.check()?;
        let name = spec.name.clone();
        let now = self.now;
        if let Some(alarm) = self.alarms.by_name.get_mut(&name) {
            alarm.spec = spec;
            alarm.configured = now;
            self.alarms.note(now, &name, AlarmEventKind::Updated);
            self.watch(&name);
            return Ok(());
        }
        let alarm = Alarm {
            arn: self.identity.arn("cloudwatch", &format!("alarm:{name}")),
            spec,
            configured: now,
            state: AlarmState::InsufficientData,
            reason: AlarmReason::plain("Unchecked: Initial alarm creation"),
            updated: now,
            transitioned: now,
        };
        self.alarms.by_name.insert(name.clone(), alarm);
        self.alarms.note(now, &name, AlarmEventKind::Created);
        self.watch(&name);
        Ok(())
    }

    /// `DeleteAlarms`. Names that there is no alarm for are passed over: AWS promises that the others are still deleted.
    pub fn delete_alarms(&mut self, now: Timestamp, names: &[String]) {
        self.catch_up(now);
        for name in names {
            if self.alarms.by_name.remove(name).is_some() {
                self.alarms.note(self.now, name, AlarmEventKind::Deleted);
            }
        }
    }

    /// `EnableAlarmActions` and `DisableAlarmActions`. Names that there is no alarm for are passed over.
    pub fn enable_alarm_actions(&mut self, now: Timestamp, names: &[String], enabled: bool) {
        self.catch_up(now);
        for name in names {
            if let Some(alarm) = self.alarms.by_name.get_mut(name) {
                alarm.spec.actions_enabled = enabled;
                alarm.configured = self.now;
                self.alarms.note(self.now, name, AlarmEventKind::Updated);
            }
        }
    }

    /// `SetAlarmState`: lasts until the metric next says otherwise.
    ///
    /// # Errors
    /// `ResourceNotFound`.
    pub fn set_alarm_state(
        &mut self,
        now: Timestamp,
        name: &str,
        state: AlarmState,
        reason: AlarmReason,
    ) -> Result<(), ApiError> {
        self.catch_up(now);
        if !self.alarms.by_name.contains_key(name) {
            return Err(ApiError::new(404, "ResourceNotFound", ""));
        }
        self.change_alarm(name, state, reason);
        Ok(())
    }

    /// The state of the alarm of that name; `None` if there is none.
    pub fn alarm_state(&self, name: &str) -> Option<AlarmState> {
        self.alarm(name).map(|alarm| alarm.state)
    }

    /// The alarm of that name.
    pub fn alarm(&self, name: &str) -> Option<&Alarm> {
        self.alarms.by_name.get(name)
    }

    /// Every alarm, by name.
    pub fn alarms(&self) -> impl Iterator<Item = &Alarm> {
        self.alarms.by_name.values()
    }

    /// What has happened to the alarms, the deleted included, oldest first.
    pub fn alarm_history(&self) -> impl DoubleEndedIterator<Item = &AlarmEvent> {
        self.alarms.history.iter()
    }

    /// Sets the state; when that makes it another one, the groups look: an instance refresh may be watching the alarm.
    pub(in crate::world) fn change_alarm(
        &mut self,
        name: &str,
        to: AlarmState,
        reason: AlarmReason,
    ) {
        let now = self.now;
        let Some(alarm) = self.alarms.by_name.get_mut(name) else {
            return;
        };
        alarm.updated = now;
        alarm.reason = reason.clone();
        let from = std::mem::replace(&mut alarm.state, to);
        if from == to {
            return;
        }
        alarm.transitioned = now;
        let value = reason::named(&reason);
        let kind = AlarmEventKind::Changed { from, to, reason };
        self.alarms.note(now, name, kind);
        self.act(name, value);
        let groups: Vec<_> = self.groups.keys().cloned().collect();
        for group in groups {
            self.stir_group(&group);
        }
    }
}
