//! Which policies there are, and their lives: put, deleted, found by name or ARN.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{PolicyKind, PolicySpec};
use crate::wire::error::ApiError;
use crate::world::{Alarm, World};

/// A group takes so many.
/// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-quotas.html>
const MOST_POLICIES: usize = 50;

/// One policy.
#[derive(Debug, Clone)]
pub struct Policy {
    /// What it says.
    pub spec: PolicySpec,
    /// Its ARN.
    pub arn: String,
    /// The names of the alarms that target tracking made for itself.
    pub(super) own_alarms: Vec<String>,
}

/// Every policy, by group and name, and how long each group pauses after simple scaling.
#[derive(Debug, Clone, Default)]
pub(in crate::world) struct Policies {
    pub(super) by_name: BTreeMap<(String, String), Policy>,
    pub(super) cooling_until: BTreeMap<String, Timestamp>,
}

impl Policies {
    pub(super) fn by_arn(&self, arn: &str) -> Option<&Policy> {
        self.by_name.values().find(|policy| policy.arn == arn)
    }
}

impl World {
    /// `PutScalingPolicy`. A policy of that name is replaced and keeps its ARN; target tracking makes its alarms.
    ///
    /// # Errors
    /// `ValidationError` for a group that does not exist, for what cannot be a policy and for a second one that tracks the same
    /// metric; `LimitExceeded`.
    pub fn put_policy(&mut self, now: Timestamp, spec: PolicySpec) -> Result<&Policy, ApiError> {
        self.catch_up(now);
        self.lasting_group(&spec.group)?;
        spec.check()?;
        self.check_tracked_once(&spec)?;
        let key = (spec.group.clone(), spec.name.clone());
        let known = self.policies.by_name.get(&key).cloned();
        if known.is_none() && self.policies_of(&spec.group).count() >= MOST_POLICIES {
            let message = format!("A group has at most {MOST_POLICIES} scaling policies.");
            return Err(ApiError::new(400, "LimitExceeded", message));
        }
        let uuid = self.mint.uuid();
        let (group, name) = &key;
        let resource =
            format!("scalingPolicy:{uuid}:autoScalingGroupName/{group}:policyName/{name}");
        let arn = match known {
            Some(known) => {
                self.delete_alarms(now, &known.own_alarms);
                known.arn
            }
            None => self.identity.arn("autoscaling", &resource),
        };
        let own_alarms = match spec.kind {
            PolicyKind::Target { .. } => self.make_alarms(&spec, &arn)?,
            _ => Vec::new(),
        };
        let policy = Policy {
            spec,
            arn,
            own_alarms,
        };
        let entry = self.policies.by_name.entry(key);
        Ok(entry.insert_entry(policy).into_mut())
    }

    /// Several policies of a group may track a target each, but not of the same metric.
    /// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-target-tracking.html>
    fn check_tracked_once(&self, spec: &PolicySpec) -> Result<(), ApiError> {
        let tracked = |spec: &PolicySpec| match &spec.kind {
            PolicyKind::Target { metric, .. } => Some(metric.clone()),
            PolicyKind::Simple { .. } | PolicyKind::Step { .. } => None,
        };
        let Some(metric) = tracked(spec) else {
            return Ok(());
        };
        let mut others = self.policies_of(&spec.group).map(|policy| &policy.spec);
        if !others.any(|other| other.name != spec.name && tracked(other).as_ref() == Some(&metric))
        {
            return Ok(());
        }
        Err(ApiError::validation(
            "Only one TargetTrackingScaling policy for a given metric specification is allowed.",
        ))
    }

    /// `DeletePolicy`, by name or ARN; the alarms that target tracking made go with it.
    ///
    /// # Errors
    /// `ValidationError` for a policy that does not exist.
    pub fn delete_policy(
        &mut self,
        now: Timestamp,
        group: Option<&str>,
        name: &str,
    ) -> Result<(), ApiError> {
        self.catch_up(now);
        let spec = &self.known_policy(group, name)?.spec;
        let key = (spec.group.clone(), spec.name.clone());
        if let Some(policy) = self.policies.by_name.remove(&key) {
            self.delete_alarms(now, &policy.own_alarms);
        }
        Ok(())
    }

    /// What a group that goes takes along.
    pub(in crate::world) fn drop_policies(&mut self, group: &str) {
        let names: Vec<_> = self
            .policies_of(group)
            .map(|p| p.spec.name.clone())
            .collect();
        for name in names {
            // It was there a moment ago.
            let _ = self.delete_policy(self.now, Some(group), &name);
        }
        self.policies.cooling_until.remove(group);
    }

    /// Every policy, by group and name.
    pub fn policies(&self) -> impl Iterator<Item = &Policy> {
        self.policies.by_name.values()
    }

    /// The alarms that set a policy off.
    pub fn alarms_of(&self, policy: &Policy) -> impl Iterator<Item = &Alarm> {
        let arn = policy.arn.clone();
        self.alarms().filter(move |alarm| {
            let actions = &alarm.spec.actions;
            let lists = [&actions.alarm, &actions.ok, &actions.insufficient_data];
            lists.into_iter().any(|list| list.contains(&arn))
        })
    }

    pub(super) fn policies_of(&self, group: &str) -> impl Iterator<Item = &Policy> {
        self.policies().filter(move |p| p.spec.group == group)
    }

    pub(super) fn known_policy(
        &self,
        group: Option<&str>,
        name: &str,
    ) -> Result<&Policy, ApiError> {
        let found = match group {
            Some(group) => self
                .policies
                .by_name
                .get(&(group.to_owned(), name.to_owned()))
                .or_else(|| self.policies.by_arn(name).filter(|p| p.spec.group == group)),
            None => self.policies.by_arn(name),
        };
        found.ok_or_else(|| {
            let message = format!(
                "Policy {name} not found. The name of the group is needed beside it, or its ARN."
            );
            ApiError::validation(message)
        })
    }
}
