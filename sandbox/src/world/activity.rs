//! Scaling activities: what a group did, and why, in AWS's words. A member has one open activity at a time: its launch, or
//! its termination.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-verify-scaling-activity.html>

use jiff::Timestamp;

use super::member::{Departure, Why};
use super::{InstanceId, World, cause};

/// One activity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// `ActivityId`
    pub id: String,
    /// `Description`
    pub description: String,
    /// `Cause`
    pub cause: String,
    /// `StartTime`
    pub started: Timestamp,
    /// `EndTime`
    pub ended: Option<Timestamp>,
    /// `StatusCode`
    pub status: ActivityStatus,
    /// `StatusMessage`
    pub message: Option<String>,
    /// The zone, for `Details`.
    pub zone: Option<String>,
}

/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_Activity.html>, as far as modelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActivityStatus {
    /// A launch before its hooks.
    PreInService,
    /// Under way.
    InProgress,
    /// A target drains.
    WaitingForElbConnectionDraining,
    /// A hook waits.
    MidLifecycleAction,
    /// Done.
    Successful,
    /// It could not be done.
    Failed,
    /// It was ended before it was done.
    Cancelled,
}

impl ActivityStatus {
    /// The `StatusCode` of the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::PreInService => "PreInService",
            Self::InProgress => "InProgress",
            Self::WaitingForElbConnectionDraining => "WaitingForELBConnectionDraining",
            Self::MidLifecycleAction => "MidLifecycleAction",
            Self::Successful => "Successful",
            Self::Failed => "Failed",
            Self::Cancelled => "Cancelled",
        }
    }

    /// `Progress`, in percent; AWS's steps in between are not published.
    pub fn progress(self) -> u32 {
        match self {
            Self::PreInService => 30,
            Self::InProgress | Self::WaitingForElbConnectionDraining => 50,
            Self::MidLifecycleAction => 60,
            Self::Successful | Self::Failed | Self::Cancelled => 100,
        }
    }
}

/// How an activity begins.
pub(super) struct Opening {
    pub(super) description: String,
    pub(super) cause: String,
    pub(super) status: ActivityStatus,
}

/// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-instance-protection.html>
const ALL_PROTECTED: &str = "Could not scale to desired capacity because all remaining instances \
                             are protected from scale-in.";

impl Activity {
    fn new(id: String, description: String, cause: String, now: Timestamp) -> Self {
        Self {
            id,
            description,
            cause,
            started: now,
            ended: None,
            status: ActivityStatus::InProgress,
            message: None,
            zone: None,
        }
    }

    fn fail(&mut self, now: Timestamp, status: ActivityStatus, reason: &str) {
        self.description = format!("{}.  Status Reason: {reason}", self.description);
        self.message = Some(reason.to_owned());
        self.status = status;
        self.ended = Some(now);
    }
}

impl World {
    /// Returns the activity's place in the group's list.
    pub(super) fn open_launch_activity(&mut self, name: &str, id: &InstanceId, why: Why) -> usize {
        let now = self.now;
        let activity_id = self.mint.uuid();
        let zone = self.emptiest_zone(name);
        let Some(group) = self.groups.get_mut(name) else {
            return 0;
        };
        let description = format!("Launching a new EC2 instance: {id}");
        let cause = cause::launch(group, why, now);
        let mut activity = Activity::new(activity_id, description, cause, now);
        activity.status = ActivityStatus::PreInService;
        activity.zone = Some(zone);
        group.activities.push(activity);
        group.activities.len() - 1
    }

    /// A launch that came to nothing before there was an instance.
    pub(super) fn failed_launch_activity(&mut self, name: &str, reason: &str) {
        let now = self.now;
        let id = self.mint.uuid();
        let Some(group) = self.groups.get_mut(name) else {
            return;
        };
        let cause = cause::launch(group, Why::Capacity, now);
        let mut activity = Activity::new(id, "Launching a new EC2 instance".to_owned(), cause, now);
        activity.fail(now, ActivityStatus::Failed, reason);
        group.activities.push(activity);
    }

    /// The group would shrink, but everybody left is protected: told once for each change of the capacity.
    pub(super) fn tell_protected(&mut self, name: &str) {
        let now = self.now;
        let Some(group) = self.groups.get_mut(name) else {
            return;
        };
        let told =
            group.activities.iter().rev().any(|a| {
                a.description == ALL_PROTECTED && a.cause.starts_with(&group.capacity_cause)
            });
        if told || group.is_suspended(super::Process::Terminate) {
            return;
        }
        let cause = cause::equilibrium(group, now);
        let id = self.mint.uuid();
        let mut activity = Activity::new(id, ALL_PROTECTED.to_owned(), cause, now);
        activity.status = ActivityStatus::Cancelled;
        activity.ended = Some(now);
        group.activities.push(activity);
    }

    pub(super) fn open_leave_activity(&mut self, id: &InstanceId, departure: Departure) {
        let now = self.now;
        let name = self.instances.get(id).map(|i| &i.group);
        let Some(group) = name.and_then(|name| self.groups.get(name)) else {
            return;
        };
        let opening = Opening {
            description: format!("Terminating EC2 instance: {id}"),
            cause: cause::leave(group, id, departure, now),
            status: ActivityStatus::InProgress,
        };
        self.open_activity(id, opening);
    }

    /// Opens the activity of a member; it is the member's only one from now on.
    pub(super) fn open_activity(&mut self, id: &InstanceId, opening: Opening) {
        let now = self.now;
        let activity_id = self.mint.uuid();
        let Some(name) = self.instances.get(id).map(|i| i.group.clone()) else {
            return;
        };
        let Some(group) = self.groups.get_mut(&name) else {
            return;
        };
        let mut activity = Activity::new(activity_id, opening.description, opening.cause, now);
        activity.status = opening.status;
        if let Some(member) = group.members.get_mut(id) {
            activity.zone = Some(member.zone.clone());
            member.activity = group.activities.len();
        }
        group.activities.push(activity);
    }

    /// The members' present activities.
    pub(super) fn open_activities(&self, name: &str, ids: &[InstanceId]) -> Vec<Activity> {
        let Some(group) = self.groups.get(name) else {
            return Vec::new();
        };
        ids.iter()
            .filter_map(|id| group.activities.get(group.members.get(id)?.activity))
            .cloned()
            .collect()
    }

    pub(super) fn activity_status(&mut self, id: &InstanceId, status: ActivityStatus) {
        self.with_activity(id, |activity, _| activity.status = status);
    }

    pub(super) fn end_activity(&mut self, id: &InstanceId) {
        self.with_activity(id, |activity, now| {
            activity.status = ActivityStatus::Successful;
            activity.ended = Some(now);
        });
    }

    /// The launch has failed.
    pub(super) fn cancel_launch_activity(&mut self, id: &InstanceId, reason: &str) {
        self.with_activity(id, |a, now| a.fail(now, ActivityStatus::Cancelled, reason));
    }

    /// The launch is interrupted; nothing happens to one that has ended.
    pub(super) fn close_launch_activity(&mut self, id: &InstanceId) {
        self.with_activity(id, |activity, now| {
            activity.status = ActivityStatus::Cancelled;
            activity.ended = Some(now);
        });
    }

    fn with_activity(&mut self, id: &InstanceId, change: impl FnOnce(&mut Activity, Timestamp)) {
        let now = self.now;
        let Some(name) = self.instances.get(id).map(|i| i.group.clone()) else {
            return;
        };
        let Some(group) = self.groups.get_mut(&name) else {
            return;
        };
        let place = group.members.get(id).map(|m| m.activity);
        let activity = place.and_then(|at| group.activities.get_mut(at));
        if let Some(activity) = activity.filter(|a| a.ended.is_none()) {
            change(activity, now);
        }
    }
}
