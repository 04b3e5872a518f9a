//! Members and targets, and instances that were members until a moment ago.

use super::lifeline::{Entered, lifelines};
use crate::world::{
    Group, Health, HookAction, Instance, Lifecycle, Member, Target, TargetGroup, TargetReason,
    Unfit, World,
};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::net::Ipv4Addr;

/// The instance tag that names the release.
const VERSION_TAG: &str = "baton:version";

/// How long one that has left is still shown: long enough to see that it has.
const AFTERGLOW: SignedDuration = SignedDuration::from_secs(20);

/// A member of the group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MemberView {
    /// The instance's id.
    pub id: String,
    /// The release that it was launched for.
    pub version: Option<String>,
    /// Its availability zone.
    pub zone: String,
    /// Its type.
    pub instance_type: String,
    /// Its address, from the moment that it runs.
    pub address: Option<Ipv4Addr>,
    /// `LifecycleState`
    pub lifecycle: &'static str,
    /// Since when.
    pub since: Timestamp,
    /// `HealthStatus`; `null` for one that has left.
    pub health: Option<&'static str>,
    /// Which check found it unhealthy.
    pub unfit: Option<&'static str>,
    /// The launch template version that it was launched from.
    pub template_version: Option<u64>,
    /// When it was launched.
    pub launched: Timestamp,
    /// Lifecycle hooks that wait for their completion.
    pub hooks: Vec<HookView>,
    /// What it went through lately.
    pub timeline: Vec<Entered>,
}

/// A hook that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HookView {
    /// Its name.
    pub name: String,
    /// When it stops waiting, unless there is a heartbeat before.
    pub deadline: Timestamp,
}

/// A target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TargetView {
    /// The target group's name.
    pub target_group: String,
    /// The instance's id.
    pub id: String,
    /// `State`
    pub state: &'static str,
    /// `Reason`
    pub reason: Option<&'static str>,
    /// `Description`
    pub description: Option<String>,
    /// Since when.
    pub since: Timestamp,
    /// When the deregistration delay ends.
    pub draining_until: Option<Timestamp>,
}

/// Everyone in the group and whoever has just left, by time of launch.
pub(super) fn members(world: &World, group: &Group) -> Vec<MemberView> {
    let mut lines = lifelines(world.changes(), world.now());
    let of_group = world.instances().filter(|i| i.group == group.name);
    let mut views: Vec<MemberView> = of_group
        .filter_map(|instance| {
            let line = lines.remove(&instance.id).unwrap_or_default();
            match group.members.get(&instance.id) {
                Some(member) => Some(present(instance, member, line)),
                None => departed(instance, line, world.now()),
            }
        })
        .collect();
    views.sort_by(|a, b| (a.launched, &a.id).cmp(&(b.launched, &b.id)));
    views
}

fn present(instance: &Instance, member: &Member, timeline: Vec<Entered>) -> MemberView {
    let (health, unfit) = match member.health {
        Health::Healthy => ("Healthy", None),
        Health::Unhealthy(unfit) => ("Unhealthy", Some(check(unfit))),
    };
    MemberView {
        lifecycle: member.lifecycle.name(),
        since: member.since,
        health: Some(health),
        unfit,
        template_version: Some(member.template.number),
        hooks: member.hooks.iter().map(hook).collect(),
        ..bare(instance, timeline)
    }
}

/// One that left a moment ago; `None` for one that left earlier.
fn departed(instance: &Instance, timeline: Vec<Entered>, now: Timestamp) -> Option<MemberView> {
    let since = timeline.last()?.at;
    let view = MemberView {
        since,
        ..bare(instance, timeline)
    };
    (now.duration_since(since) < AFTERGLOW).then_some(view)
}

fn bare(instance: &Instance, timeline: Vec<Entered>) -> MemberView {
    MemberView {
        id: instance.id.to_string(),
        version: instance.tags.get(VERSION_TAG).cloned(),
        zone: instance.zone.clone(),
        instance_type: instance.instance_type.clone(),
        address: instance.address,
        lifecycle: Lifecycle::Terminated.name(),
        since: instance.launched_at,
        health: None,
        unfit: None,
        template_version: None,
        launched: instance.launched_at,
        hooks: Vec::new(),
        timeline,
    }
}

fn check(unfit: Unfit) -> &'static str {
    match unfit {
        Unfit::Ec2 => "EC2",
        Unfit::Elb => "ELB",
        Unfit::User => "SetInstanceHealth",
    }
}

fn hook(action: &HookAction) -> HookView {
    HookView {
        name: action.hook.clone(),
        deadline: action.deadline.min(action.global_deadline),
    }
}

/// The targets of every target group that the group is attached to.
pub(super) fn targets(world: &World, group: &Group) -> Vec<TargetView> {
    let attached = group.target_groups.iter();
    attached
        .filter_map(|arn| world.target_group(arn))
        .flat_map(|of| {
            of.targets
                .iter()
                .map(|(id, t)| target(of, &id.to_string(), t))
        })
        .collect()
}

fn target(target_group: &TargetGroup, id: &str, target: &Target) -> TargetView {
    TargetView {
        target_group: target_group.name.clone(),
        id: id.to_owned(),
        state: target.state.name(),
        reason: target.reason.as_ref().map(TargetReason::code),
        description: target.reason.as_ref().map(TargetReason::description),
        since: target.since,
        draining_until: target.draining_until,
    }
}
