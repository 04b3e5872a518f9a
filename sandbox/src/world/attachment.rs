//! Target groups attached to a group, and taken off again: what state the attachment is in, and whose verdict counts.
//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeLoadBalancerTargetGroups.html>

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::agenda::Timer;
use super::{Group, InstanceId, InstanceState, Lifecycle, Member, TargetState, World};
use crate::wire::error::ApiError;

/// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-quotas.html>
const MOST_TARGET_GROUPS: usize = 50;

/// How far an attachment has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttachmentState {
    /// The members are being registered.
    Adding,
    /// All are registered; none has passed a health check yet, or the group does not ask.
    Added,
    /// The target group's verdicts count.
    InService,
    /// The members are being deregistered.
    Removing,
}

/// By which of the two operations a target group is attached or detached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttachedAs {
    /// `AttachLoadBalancerTargetGroups`
    TargetGroup,
    /// `AttachTrafficSources`
    TrafficSource,
}

/// What a group remembers of its target groups besides their ARNs. Those attached at its creation are `InService` from the start.
#[derive(Debug, Clone, Default)]
pub(super) struct Attachments {
    registering: BTreeSet<String>,
    registered: BTreeSet<String>,
    removing: BTreeSet<String>,
    traffic_sources: BTreeSet<String>,
}

impl AttachmentState {
    /// The `State` of the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Adding => "Adding",
            Self::Added => "Added",
            Self::InService => "InService",
            Self::Removing => "Removing",
        }
    }
}

impl Group {
    /// Every target group that is attached or being taken off, with the state of its attachment.
    pub fn attachments(&self) -> impl Iterator<Item = (&str, AttachmentState)> {
        let attached = self
            .target_groups
            .iter()
            .map(|arn| (arn.as_str(), self.attachment(arn)));
        let removing = self.attachments.removing.iter();
        attached.chain(removing.map(|arn| (arn.as_str(), AttachmentState::Removing)))
    }

    fn attachment(&self, arn: &str) -> AttachmentState {
        if self.attachments.registering.contains(arn) {
            AttachmentState::Adding
        } else if self.attachments.registered.contains(arn) {
            AttachmentState::Added
        } else {
            AttachmentState::InService
        }
    }

    /// The target groups whose verdicts count.
    pub(super) fn judges(&self) -> impl Iterator<Item = &String> {
        let arns = self.target_groups.iter();
        arns.filter(|arn| self.attachment(arn) == AttachmentState::InService)
    }

    fn check_attach(&self, arns: &[String]) -> Result<(), ApiError> {
        if self.active_refresh().is_some() {
            let message = "An active instance refresh exists for the Auto Scaling group.";
            return Err(ApiError::new(400, "InstanceRefreshInProgress", message));
        }
        if let Some(arn) = arns
            .iter()
            .find(|arn| self.attachments.removing.contains(*arn))
        {
            let message = format!("The target group {arn} is still being removed from the group.");
            return Err(ApiError::validation(message));
        }
        let new = arns.iter().filter(|arn| !self.target_groups.contains(arn));
        if self.target_groups.len() + new.count() > MOST_TARGET_GROUPS {
            let message = format!("A group has at most {MOST_TARGET_GROUPS} target groups.");
            return Err(ApiError::validation(message));
        }
        Ok(())
    }

    fn check_detach(&self, arns: &[String], attached_as: AttachedAs) -> Result<(), ApiError> {
        for arn in arns {
            let source = self.attachments.traffic_sources.contains(arn);
            let other_way = source && attached_as == AttachedAs::TargetGroup;
            if !self.target_groups.contains(arn) || other_way {
                let message = format!(
                    "The target group {arn} is not attached to the group by this kind of operation."
                );
                return Err(ApiError::validation(message));
            }
        }
        Ok(())
    }
}

impl World {
    /// `AttachLoadBalancerTargetGroups` and `AttachTrafficSources`: every member is registered. What is attached already stays as
    /// it is.
    ///
    /// # Errors
    /// `InstanceRefreshInProgress`; `ValidationError` for an unknown group or target group, and for the 51st.
    pub fn attach_target_groups(
        &mut self,
        now: Timestamp,
        name: &str,
        arns: &[String],
        attached_as: AttachedAs,
    ) -> Result<(), ApiError> {
        self.catch_up(now);
        self.lasting_group(name)?.check_attach(arns)?;
        self.check_attachable(arns)?;
        for arn in arns {
            self.attach_target_group(name, arn, attached_as);
        }
        self.settle();
        Ok(())
    }

    fn attach_target_group(&mut self, name: &str, arn: &str, attached_as: AttachedAs) {
        let Some(group) = self.groups.get_mut(name) else {
            return;
        };
        if group.target_groups.iter().any(|attached| attached == arn) {
            return;
        }
        group.target_groups.push(arn.to_owned());
        group.attachments.registering.insert(arn.to_owned());
        if attached_as == AttachedAs::TrafficSource {
            group.attachments.traffic_sources.insert(arn.to_owned());
        }
        for id in self.registered_members(name) {
            self.register_target(arn, &id);
        }
        let timer = Timer::Attached {
            group: name.to_owned(),
            target_group: arn.to_owned(),
        };
        self.agenda
            .remind(self.now + self.timings.registration, timer);
    }

    /// Whoever serves, or is past the point where it is registered with what is attached.
    fn registered_members(&self, name: &str) -> Vec<InstanceId> {
        let returns = |m: &Member| {
            let instance = self.instances.get(&m.id);
            m.lifecycle == Lifecycle::Pending
                && instance.is_some_and(|i| i.state == InstanceState::Running)
        };
        let registered =
            |m: &&Member| m.in_service() || m.lifecycle == Lifecycle::PendingProceed || returns(m);
        let group = self.groups.get(name);
        let members = group.into_iter().flat_map(Group::live);
        members.filter(registered).map(|m| m.id.clone()).collect()
    }

    /// Everybody is registered: from now on probes count.
    pub(super) fn attached(&mut self, name: &str, arn: &str) {
        let Some(group) = self.groups.get_mut(name) else {
            return;
        };
        if !group.attachments.registering.remove(arn) {
            return;
        }
        group.attachments.registered.insert(arn.to_owned());
        let serving = group.live().filter(|m| m.in_service());
        let ids: Vec<_> = serving.map(|m| m.id.clone()).collect();
        for id in ids {
            self.begin_health_checks(arn, &id);
        }
        self.stir_group(name);
    }

    /// A target group's verdicts count as soon as one member has passed its health check, if the group asks for them at all.
    pub(super) fn admit_target_groups(&mut self, name: &str) {
        let Some(group) = self.groups.get(name).filter(|g| g.health_checks.elb) else {
            return;
        };
        let passed = |arn: &&String| {
            let targets = self.target_groups.get(*arn).map(|t| &t.targets);
            let mut members = group.members.keys();
            members.any(|id| {
                let target = targets.and_then(|targets| targets.get(id));
                target.is_some_and(|t| t.state == TargetState::Healthy)
            })
        };
        let waiting = group.attachments.registered.iter();
        let admitted: Vec<String> = waiting.filter(passed).cloned().collect();
        if admitted.is_empty() {
            return;
        }
        if let Some(group) = self.groups.get_mut(name) {
            group
                .attachments
                .registered
                .retain(|arn| !admitted.contains(arn));
            group.survey = None;
        }
        for id in self.registered_members(name) {
            self.suspect(&id);
        }
    }

    /// `DetachLoadBalancerTargetGroups` and `DetachTrafficSources`: the members are deregistered and go on running.
    ///
    /// # Errors
    /// `ValidationError` for an unknown group and for what is not attached; the older operation does not know traffic sources.
    pub fn detach_target_groups(
        &mut self,
        now: Timestamp,
        name: &str,
        arns: &[String],
        attached_as: AttachedAs,
    ) -> Result<(), ApiError> {
        self.catch_up(now);
        self.lasting_group(name)?.check_detach(arns, attached_as)?;
        for arn in arns {
            self.detach_target_group(name, arn);
        }
        self.settle();
        Ok(())
    }

    fn detach_target_group(&mut self, name: &str, arn: &str) {
        let Some(group) = self.groups.get_mut(name) else {
            return;
        };
        group.target_groups.retain(|attached| attached != arn);
        group.attachments.registering.remove(arn);
        group.attachments.registered.remove(arn);
        group.attachments.traffic_sources.remove(arn);
        group.attachments.removing.insert(arn.to_owned());
        let ids: Vec<_> = group.members.keys().cloned().collect();
        for id in ids {
            self.deregister_target(arn, &id);
        }
        self.finish_detaching(arn);
        self.stir_group(name);
    }

    /// A target group without a target of the group's is off, and no longer shown.
    pub(super) fn finish_detaching(&mut self, arn: &str) {
        let targets = self.target_groups.get(arn).map(|t| &t.targets);
        let groups = self.groups.values_mut();
        for group in groups.filter(|group| group.attachments.removing.contains(arn)) {
            let mut members = group.members.keys();
            if !members.any(|id| targets.is_some_and(|t| t.contains_key(id))) {
                group.attachments.removing.remove(arn);
            }
        }
    }
}
