//! An Auto Scaling group: its settings and its members. What it does with them is in `capacity`, `health` and `refresh`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::attachment::Attachments;
use super::refresh::Survey;
use super::{
    Activity, GroupSpec, GroupTag, HealthChecks, HookSpec, Identity, InstanceId, Lifecycle,
    MaintenancePolicy, Member, Members, Place, Process, Refresh, TargetState, TemplateRef,
    TerminationPolicy, World,
};
use crate::wire::error::ApiError;

/// One group.
#[derive(Debug, Clone)]
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
    /// `DefaultCooldown`
    pub default_cooldown: Duration,
    /// `InstanceMaintenancePolicy`
    pub maintenance: Option<MaintenancePolicy>,
    /// Where it may launch.
    pub place: Place,
    /// Whether it is to disappear as soon as nobody is left in it.
    pub deleting: bool,
    /// Everyone in it, the leaving included.
    pub members: Members,
    /// Every instance refresh, oldest first; only the last can be active.
    pub refreshes: Vec<Refresh>,
    /// Every scaling activity, oldest first.
    pub activities: Vec<Activity>,
    /// Why capacity last changed, in the words of an activity's cause; taken by the activities that follow from it. Empty when
    /// none will name it.
    pub(super) capacity_cause: String,
    /// Launched to balance the zones, and not yet serving.
    pub(super) rebalancing: BTreeSet<InstanceId>,
    /// In which state the attachments of the target groups are.
    pub(super) attachments: Attachments,
    /// How the active refresh saw the group last; made anew wherever it is missing.
    pub(super) survey: Option<Arc<Survey>>,
    /// How many members left as unhealthy, or by a refresh, and are not yet replaced.
    pub(super) owed: Owed,
    /// Failed launches in a row.
    pub(super) launch_failures: u32,
    /// No launch before this moment, because of them.
    pub(super) launch_not_before: Option<Timestamp>,
    /// Zones where launches failed for want of capacity, and until when they are avoided.
    pub(super) short_zones: BTreeMap<String, Timestamp>,
}

/// Replacements still to be launched, so that each launch can say what it is for.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Owed {
    pub(super) unhealthy: usize,
    pub(super) refresh: usize,
}

impl Group {
    fn new(spec: GroupSpec, identity: &Identity, uuid: &str, now: Timestamp) -> Self {
        let resource = format!("autoScalingGroup:{uuid}:autoScalingGroupName/{}", spec.name);
        let mut termination_policies = spec.termination_policies;
        if termination_policies.is_empty() {
            termination_policies.push(TerminationPolicy::Default);
        }
        let capacity_cause = super::cause::created(now, spec.desired);
        let anywhere = || Place {
            zones: identity.zones.clone(),
            subnets: Vec::new(),
        };
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
            default_cooldown: spec.default_cooldown,
            maintenance: spec.maintenance,
            place: spec.place.unwrap_or_else(anywhere),
            deleting: false,
            members: Members::default(),
            refreshes: Vec::new(),
            activities: Vec::new(),
            capacity_cause,
            rebalancing: BTreeSet::new(),
            attachments: Attachments::default(),
            survey: None,
            owed: Owed::default(),
            launch_failures: 0,
            launch_not_before: None,
            short_zones: BTreeMap::new(),
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
    /// `AlreadyExists` for a name in use, `ValidationError` for what AWS does not take and for a template or target group that
    /// does not exist, `LimitExceeded`.
    pub fn create_group(&mut self, now: Timestamp, spec: GroupSpec) -> Result<(), ApiError> {
        self.catch_up(now);
        if self.groups.contains_key(&spec.name) {
            let message = format!(
                "AutoScalingGroup by this name already exists - A group with the name {} already \
                 exists",
                spec.name
            );
            return Err(ApiError::new(400, "AlreadyExists", message));
        }
        spec.check()?;
        self.check_launchable(&spec.template)?;
        self.check_attachable(&spec.target_groups)?;
        let uuid = self.mint.uuid();
        let group = Group::new(spec, &self.identity, &uuid, self.now);
        self.begin_measuring();
        self.stir_group(&group.name);
        self.groups.insert(group.name.clone(), group);
        self.settle();
        Ok(())
    }

    /// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_AttachLoadBalancerTargetGroups.html>
    pub(super) fn check_attachable(&self, arns: &[String]) -> Result<(), ApiError> {
        if arns.iter().all(|arn| self.target_group(arn).is_some()) {
            return Ok(());
        }
        Err(ApiError::validation(
            "Provided Target Groups may not be valid. Please ensure they exist and try again.",
        ))
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
