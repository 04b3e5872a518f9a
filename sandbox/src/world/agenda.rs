//! What will happen by itself, and when. A timer is a reminder, not a command: whoever it reminds looks at the state as it is
//! then, so a timer that has become pointless does nothing and need not be taken back.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::InstanceId;

/// Something to look at when its time has come.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// EC2 starts the machine.
    Boot(InstanceId),
    /// A heartbeat or global timeout of a lifecycle hook may have passed.
    HookDeadline(InstanceId),
    /// The registration with the target groups is through.
    Registered(InstanceId),
    /// The registration of a target by hand is through.
    TargetRegistered {
        target_group: String,
        instance: InstanceId,
    },
    /// A target's deregistration delay is over.
    Drained {
        target_group: String,
        instance: InstanceId,
    },
    /// A group's members are registered with a target group that was attached to it.
    Attached { group: String, target_group: String },
    /// EC2 is done with the machine.
    TurnedOff(InstanceId),
    /// A terminated instance leaves `DescribeInstances`.
    Forget(InstanceId),
    /// The group reads its target groups' verdicts.
    HealthCheck(String),
    /// The notice of a Spot instance is over.
    Reclaim(InstanceId),
    /// The group has something that waits for this moment.
    Look(String),
    /// The services measure themselves; before the alarms of the same moment.
    Metrics,
    /// The alarm is evaluated.
    Alarm(String),
}

/// Timers in the order of their times; the same reminder for the same moment is kept once.
#[derive(Debug, Clone, Default)]
pub(super) struct Agenda(BTreeSet<(Timestamp, Timer)>);

impl Agenda {
    pub(super) fn remind(&mut self, at: Timestamp, timer: Timer) {
        self.0.insert((at, timer));
    }

    pub(super) fn next(&self) -> Option<Timestamp> {
        self.0.first().map(|(at, _)| *at)
    }

    /// The next timer, if it is due by `now`.
    pub(super) fn due(&mut self, now: Timestamp) -> Option<(Timestamp, Timer)> {
        if self.next()? > now {
            return None;
        }
        self.0.pop_first()
    }
}
