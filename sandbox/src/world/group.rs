//! An Auto Scaling group: its settings and its members. What it does with them is in `capacity`, `health` and `refresh`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::refresh::Survey;
use super::{
    Activity, HookSpec, Identity, Lifecycle, Member, Members, Process, Refresh, TargetState,
    TemplateRef, World,
};
use crate::wire::error::ApiError;

/// What a group is made from.
#[derive(Debug, Clone)]
pub struct GroupSpec {
    /// Unique in the Region.
    pub name: String,
    /// What new instances are launched from.
    pub template: TemplateRef,
    /// `MinSize`
    pub min: usize,
    /// `MaxSize`
    pub max: usize,
    /// `DesiredCapacity`
    pub desired: usize,
    /// ARNs.
    pub target_groups: Vec<String>,
    /// Which checks besides EC2's own decide about health.
    pub health_checks: HealthChecks,
    /// For so long after `InService` only EC2's own check counts.
    pub health_check_grace: Duration,
    /// `DefaultInstanceWarmup`; the grace period stands in for it.
    pub default_warmup: Option<Duration>,
    /// Lifecycle hooks.
    pub hooks: Vec<HookSpec>,
    /// The group's tags.
    pub tags: Vec<GroupTag>,
    /// In order of precedence; none means `Default`.
    pub termination_policies: Vec<TerminationPolicy>,
    /// `NewInstancesProtectedFromScaleIn`
    pub new_instances_protected: bool,
}

/// `HealthCheckType`: EC2's own checks always count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HealthChecks {
    /// Whether the target groups' verdicts count (`ELB`).
    pub elb: bool,
}

/// A tag of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupTag {
    /// The key.
    pub key: String,
    /// The value.
    pub value: String,
    /// Whether instances get it too, before the template's own tag of the same key.
    pub propagate_at_launch: bool,
}

/// Who leaves first when the group shrinks.
/// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-termination-policies.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TerminationPolicy {
    /// Another launch template, then the oldest version, then the oldest instance.
    Default,
    /// The oldest version.
    OldestLaunchTemplate,
    /// The longest in the group.
    OldestInstance,
    /// The shortest in the group.
    NewestInstance,
}

/// One group.
#[derive(Debug)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// When it was created.
    pub created: Timestamp,
    /// What new instances are launched from while no instance refresh says otherwise.
    pub template: TemplateRef,
    /// `MinSize`
    pub min: usize,
    /// `MaxSize`
    pub max: usize,
    /// `DesiredCapacity`
    pub desired: usize,
    /// ARNs of the attached target groups.
    pub target_groups: Vec<String>,
    /// Which checks besides EC2's own decide about health.
    pub health_checks: HealthChecks,
    /// Counted from `InService`.
    pub health_check_grace: Duration,
    /// `DefaultInstanceWarmup`
    pub default_warmup: Option<Duration>,
    /// Lifecycle hooks.
    pub hooks: Vec<HookSpec>,
    /// Tags.
    pub tags: Vec<GroupTag>,
    /// Never empty.
    pub termination_policies: Vec<TerminationPolicy>,
    /// `NewInstancesProtectedFromScaleIn`: what new members start with.
    pub new_instances_protected: bool,
    /// Suspended processes, and since when.
    pub suspended: BTreeMap<Process, Timestamp>,
    /// Where it may launch.
    pub zones: Vec<String>,
    /// Everyone in it, the leaving included.
    pub members: Members,
    /// Every instance refresh, oldest first; only the last can be active.
    pub refreshes: Vec<Refresh>,
    /// Every scaling activity, oldest first.
    pub activities: Vec<Activity>,
    /// Why capacity last changed, in the words of an activity's cause; taken by the activities that follow from it.
    pub(super) capacity_cause: String,
    /// How the active refresh saw the group last; made anew wherever it is missing.
    pub(super) survey: Option<Arc<Survey>>,
    /// How many members left as unhealthy, or by a refresh, and are not yet replaced.
    pub(super) owed: Owed,
    /// Failed launches in a row.
    pub(super) launch_failures: u32,
    /// No launch before this moment, because of them.
    pub(super) launch_not_before: Option<Timestamp>,
}

/// Replacements still to be launched, so that each launch can say what it is for.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Owed {
    pub(super) unhealthy: usize,
    pub(super) refresh: usize,
}

impl TerminationPolicy {
    /// Its name in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "Default",
            Self::OldestLaunchTemplate => "OldestLaunchTemplate",
            Self::OldestInstance => "OldestInstance",
            Self::NewestInstance => "NewestInstance",
        }
    }
}

impl Group {
    fn new(spec: GroupSpec, identity: &Identity, uuid: &str, now: Timestamp) -> Self {
        let resource = format!("autoScalingGroup:{uuid}:autoScalingGroupName/{}", spec.name);
        let mut termination_policies = spec.termination_policies;
        if termination_policies.is_empty() {
            termination_policies.push(TerminationPolicy::Default);
        }
        let capacity_cause = super::cause::created(now, spec.desired);
        Self {
            arn: identity.arn("autoscaling", &resource),
            name: spec.name,
            created: now,
            template: spec.template,
            min: spec.min,
            max: spec.max,
            desired: spec.desired,
            target_groups: spec.target_groups,
            health_checks: spec.health_checks,
            health_check_grace: spec.health_check_grace,
            default_warmup: spec.default_warmup,
            hooks: spec.hooks,
            tags: spec.tags,
            termination_policies,
            new_instances_protected: spec.new_instances_protected,
            suspended: BTreeMap::new(),
            zones: identity.zones.clone(),
            members: Members::default(),
            refreshes: Vec::new(),
            activities: Vec::new(),
            capacity_cause,
            survey: None,
            owed: Owed::default(),
            launch_failures: 0,
            launch_not_before: None,
        }
    }

    /// Members that count towards the capacity: on their way in, or in service.
    pub fn live(&self) -> impl Iterator<Item = &Member> {
        self.members.values().filter(|member| member.is_live())
    }

    /// The instance refresh under way.
    pub fn active_refresh(&self) -> Option<&Refresh> {
        self.refreshes
            .last()
            .filter(|refresh| refresh.status.is_active())
    }

    /// How long a new member counts as warming up, unless a refresh says otherwise.
    pub fn warmup(&self) -> Duration {
        self.default_warmup.unwrap_or(self.health_check_grace)
    }

    pub(super) fn active_refresh_mut(&mut self) -> Option<&mut Refresh> {
        self.refreshes
            .last_mut()
            .filter(|refresh| refresh.status.is_active())
    }
}

impl World {
    /// Creates a group; it launches its members at once.
    ///
    /// # Errors
    /// `AlreadyExists` for a name in use, `ValidationError` for bounds that contradict each other and for a template or
    /// target group that does not exist.
    pub fn create_group(&mut self, now: Timestamp, spec: GroupSpec) -> Result<(), ApiError> {
        self.catch_up(now);
        if self.groups.contains_key(&spec.name) {
            let message = "AutoScalingGroup by this name already exists - A group with the name \
                           already exists";
            return Err(ApiError::new(400, "AlreadyExists", message));
        }
        super::request::check_bounds(spec.min, spec.max, spec.desired)?;
        self.check_launchable(&spec.template)?;
        for arn in &spec.target_groups {
            self.known_target_group(arn)?;
        }
        let uuid = self.mint.uuid();
        let group = Group::new(spec, &self.identity, &uuid, self.now);
        self.stir_group(&group.name);
        self.groups.insert(group.name.clone(), group);
        self.settle();
        Ok(())
    }

    /// The group of that name.
    pub fn group(&self, name: &str) -> Option<&Group> {
        self.groups.get(name)
    }

    /// Every group, by name.
    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        self.groups.values()
    }

    /// Whether the group is at rest: exactly the desired number of members, all in service and healthy in every target group,
    /// nobody leaving or draining, no instance refresh under way. Members in `Standby` are at rest, too. `false` for a group
    /// that does not exist.
    pub fn settled(&self, name: &str) -> bool {
        let Some(group) = self.groups.get(name) else {
            return false;
        };
        let at_rest = |m: &Member| matches!(m.lifecycle, Lifecycle::InService | Lifecycle::Standby);
        group.members.live() == group.desired
            && group.active_refresh().is_none()
            && group.members.values().all(at_rest)
            && group
                .target_groups
                .iter()
                .all(|arn| self.all_healthy(arn, group))
    }

    fn all_healthy(&self, arn: &str, group: &Group) -> bool {
        self.target_groups.get(arn).is_some_and(|target_group| {
            target_group
                .targets
                .values()
                .all(|t| t.state == TargetState::Healthy)
                && group
                    .live()
                    .all(|member| target_group.targets.contains_key(&member.id))
        })
    }
}
