//! A group as `DescribeAutoScalingGroups` shows it.
//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_AutoScalingGroup.html>

use jiff::Timestamp;
use serde::Serialize;

use super::processes::SuspendedProcess;
use super::settings::InstanceMaintenancePolicy;
use super::shapes::{LaunchTemplateSpecification, health_status};
use super::tags::TagDescription;
use super::traffic::TrafficSourceIdentifier;
use crate::world::{Group, Member, World};

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GroupView {
    auto_scaling_group_name: String,
    #[serde(rename = "AutoScalingGroupARN")]
    arn: String,
    launch_template: LaunchTemplateSpecification,
    min_size: usize,
    max_size: usize,
    desired_capacity: usize,
    default_cooldown: u64,
    availability_zones: Vec<String>,
    load_balancer_names: Vec<String>,
    #[serde(rename = "TargetGroupARNs")]
    target_group_arns: Vec<String>,
    traffic_sources: Vec<TrafficSourceIdentifier>,
    health_check_type: &'static str,
    health_check_grace_period: u64,
    default_instance_warmup: Option<u64>,
    instances: Vec<InstanceView>,
    created_time: Timestamp,
    status: Option<&'static str>,
    instance_maintenance_policy: Option<InstanceMaintenancePolicy>,
    suspended_processes: Vec<SuspendedProcess>,
    #[serde(rename = "VPCZoneIdentifier")]
    vpc_zone_identifier: String,
    enabled_metrics: Vec<String>,
    tags: Vec<TagDescription>,
    termination_policies: Vec<&'static str>,
    new_instances_protected_from_scale_in: bool,
    capacity_rebalance: bool,
    #[serde(rename = "ServiceLinkedRoleARN")]
    service_linked_role_arn: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct InstanceView {
    instance_id: String,
    instance_type: String,
    availability_zone: String,
    lifecycle_state: &'static str,
    health_status: &'static str,
    launch_template: LaunchTemplateSpecification,
    protected_from_scale_in: bool,
}

impl GroupView {
    /// With the members, or with none if they were not asked for.
    pub(super) fn new<'a>(
        world: &World,
        group: &Group,
        members: impl Iterator<Item = &'a Member>,
    ) -> Self {
        let account = &world.identity().account;
        Self {
            auto_scaling_group_name: group.name.clone(),
            arn: group.arn.clone(),
            launch_template: LaunchTemplateSpecification::from_ref(world, &group.template),
            min_size: group.min,
            max_size: group.max,
            desired_capacity: group.desired,
            default_cooldown: group.default_cooldown.as_secs(),
            availability_zones: group.place.zones.clone(),
            load_balancer_names: Vec::new(),
            target_group_arns: group.target_groups.clone(),
            traffic_sources: TrafficSourceIdentifier::all(group),
            health_check_type: if group.health_checks.elb {
                "ELB"
            } else {
                "EC2"
            },
            health_check_grace_period: group.health_check_grace.as_secs(),
            default_instance_warmup: group.default_warmup.map(|warmup| warmup.as_secs()),
            instances: members.map(InstanceView::new).collect(),
            created_time: group.created,
            status: group.deleting.then_some("Delete in progress"),
            instance_maintenance_policy: group
                .maintenance
                .map(InstanceMaintenancePolicy::from_world),
            suspended_processes: SuspendedProcess::all(group),
            vpc_zone_identifier: group.place.subnets.join(","),
            enabled_metrics: Vec::new(),
            tags: TagDescription::all(group),
            termination_policies: group
                .termination_policies
                .iter()
                .map(|p| p.name())
                .collect(),
            new_instances_protected_from_scale_in: group.new_instances_protected,
            capacity_rebalance: false,
            service_linked_role_arn: format!(
                "arn:aws:iam::{account}:role/aws-service-role/autoscaling.amazonaws.com/\
                 AWSServiceRoleForAutoScaling"
            ),
        }
    }
}

impl InstanceView {
    fn new(member: &Member) -> Self {
        Self {
            instance_id: member.id.to_string(),
            instance_type: member.instance_type.clone(),
            availability_zone: member.zone.clone(),
            lifecycle_state: member.lifecycle.name(),
            health_status: health_status(member.health),
            launch_template: LaunchTemplateSpecification::from_version(&member.template),
            protected_from_scale_in: member.protected,
        }
    }
}
