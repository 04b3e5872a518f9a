//! What an Auto Scaling group is made from.
//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_CreateAutoScalingGroup.html>

use std::time::Duration;

use super::{HookSpec, TemplateRef, TerminationPolicy};

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
    /// `DefaultCooldown`
    pub default_cooldown: Duration,
    /// `InstanceMaintenancePolicy`
    pub maintenance: Option<MaintenancePolicy>,
    /// Where it may launch; anywhere if nothing is said.
    pub place: Option<Place>,
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

/// How far replacing members for their health may take the group below and above its desired capacity, in percent.
/// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-instance-maintenance-policy.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaintenancePolicy {
    /// `MinHealthyPercentage`, 0 to 100.
    pub min_healthy: u32,
    /// `MaxHealthyPercentage`, 100 to 200, and at most 100 above the minimum.
    pub max_healthy: u32,
}

/// Where a group launches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// `AvailabilityZones`; at least one.
    pub zones: Vec<String>,
    /// `VPCZoneIdentifier`, only to be shown: the sandbox has no networks.
    pub subnets: Vec<String>,
}

/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_CreateAutoScalingGroup.html>
const DEFAULT_COOLDOWN: Duration = Duration::from_mins(5);

impl GroupSpec {
    /// An empty group with AWS's defaults: no checks but EC2's, no grace period, no hooks.
    pub fn new(name: &str, template: TemplateRef) -> Self {
        Self {
            name: name.to_owned(),
            template,
            min: 0,
            max: 0,
            desired: 0,
            target_groups: Vec::new(),
            health_checks: HealthChecks::default(),
            health_check_grace: Duration::ZERO,
            default_warmup: None,
            hooks: Vec::new(),
            tags: Vec::new(),
            termination_policies: Vec::new(),
            new_instances_protected: false,
            default_cooldown: DEFAULT_COOLDOWN,
            maintenance: None,
            place: None,
        }
    }
}
