//! EC2 Auto Scaling. One file per kind of resource; this one only says which operation is which function.
//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_Operations.html>

mod activities;
mod attached;
mod create;
mod group_view;
mod groups;
mod hook_settings;
mod hooks;
mod instances;
mod list;
mod policies;
mod policy_shapes;
mod policy_view;
mod preferences;
mod processes;
mod refreshes;
mod settings;
mod shapes;
mod standby;
mod tags;
mod traffic;
mod types;

use jiff::Timestamp;

use super::Reply;
use super::codec::{query, query_without_result, unknown_action};
use crate::wire::error::ApiError;
use crate::world::World;

pub(super) fn handle(
    world: &mut World,
    now: Timestamp,
    action: &str,
    body: &[u8],
) -> Result<Reply, ApiError> {
    match action {
        "DescribeAutoScalingGroups" => query(body, |q| groups::describe(world, &q)),
        "DescribeAutoScalingInstances" => query(body, |q| instances::describe(world, &q)),
        "DescribeLifecycleHooks" => query(body, |q| hooks::describe(world, &q)),
        "DescribeInstanceRefreshes" => query(body, |q| refreshes::describe(world, &q)),
        "DescribeScalingActivities" => query(body, |q| activities::describe(world, &q)),
        "DescribeLoadBalancerTargetGroups" => {
            query(body, |q| attached::describe_target_groups(world, &q))
        }
        "DescribeTrafficSources" => query(body, |q| attached::describe_sources(world, &q)),
        "DescribeTags" => query(body, |q| tags::describe(world, &q)),
        _ => describe_types(world, now, action, body),
    }
}

fn describe_types(
    world: &mut World,
    now: Timestamp,
    action: &str,
    body: &[u8],
) -> Result<Reply, ApiError> {
    match action {
        "DescribeAdjustmentTypes" => query(body, |q| Ok(policies::adjustment_types(&q))),
        "DescribePolicies" => query(body, |q| policy_view::describe(world, &q)),
        "DescribeAccountLimits" => query(body, |q| Ok(types::account_limits(world, &q))),
        "DescribeLifecycleHookTypes" => query(body, |q| Ok(hook_settings::describe_types(&q))),
        "DescribeScalingProcessTypes" => query(body, |q| Ok(processes::describe_types(&q))),
        "DescribeTerminationPolicyTypes" => query(body, |q| Ok(types::termination_policies(&q))),
        _ => change(world, now, action, body),
    }
}

fn change(world: &mut World, now: Timestamp, action: &str, body: &[u8]) -> Result<Reply, ApiError> {
    match action {
        "StartInstanceRefresh" => query(body, |q| refreshes::start(world, now, q)),
        "CancelInstanceRefresh" => query(body, |q| refreshes::cancel(world, now, &q)),
        "RollbackInstanceRefresh" => query(body, |q| refreshes::rollback(world, now, &q)),
        "CompleteLifecycleAction" => query(body, |q| hooks::complete(world, now, q)),
        "RecordLifecycleActionHeartbeat" => query(body, |q| hooks::heartbeat(world, now, q)),
        "TerminateInstanceInAutoScalingGroup" => {
            query(body, |q| instances::terminate(world, now, &q))
        }
        "UpdateAutoScalingGroup" => query_without_result(body, |q| groups::update(world, now, q)),
        "SetDesiredCapacity" => query_without_result(body, |q| groups::set_desired(world, now, &q)),
        "SetInstanceHealth" => {
            query_without_result(body, |q| instances::set_health(world, now, &q))
        }
        _ => change_members(world, now, action, body),
    }
}

fn change_members(
    world: &mut World,
    now: Timestamp,
    action: &str,
    body: &[u8],
) -> Result<Reply, ApiError> {
    match action {
        "EnterStandby" => query(body, |q| standby::enter(world, now, &q)),
        "AttachInstances" => query_without_result(body, |q| standby::attach(world, now, &q)),
        "DetachInstances" => query(body, |q| standby::detach(world, now, &q)),
        "ExitStandby" => query(body, |q| standby::exit(world, now, &q)),
        "SetInstanceProtection" => query(body, |q| standby::protect(world, now, &q)),
        "SuspendProcesses" => query_without_result(body, |q| processes::suspend(world, now, &q)),
        "ResumeProcesses" => query_without_result(body, |q| processes::resume(world, now, &q)),
        _ => change_groups(world, now, action, body),
    }
}

fn change_groups(
    world: &mut World,
    now: Timestamp,
    action: &str,
    body: &[u8],
) -> Result<Reply, ApiError> {
    match action {
        "CreateAutoScalingGroup" => query_without_result(body, |q| create::create(world, now, q)),
        "DeleteAutoScalingGroup" => query_without_result(body, |q| create::delete(world, now, &q)),
        "PutLifecycleHook" => query(body, |q| hook_settings::put(world, now, q)),
        "DeleteLifecycleHook" => query(body, |q| hook_settings::delete(world, now, &q)),
        "CreateOrUpdateTags" => {
            query_without_result(body, |q| tags::create_or_update(world, now, q))
        }
        "AttachLoadBalancerTargetGroups" => {
            query(body, |q| traffic::attach_target_groups(world, now, q))
        }
        "AttachTrafficSources" => query(body, |q| traffic::attach_sources(world, now, q)),
        "DetachLoadBalancerTargetGroups" => {
            query(body, |q| traffic::detach_target_groups(world, now, q))
        }
        "DetachTrafficSources" => query(body, |q| traffic::detach_sources(world, now, q)),
        "DeleteTags" => query_without_result(body, |q| tags::delete(world, now, q)),
        _ => change_policies(world, now, action, body),
    }
}

fn change_policies(
    world: &mut World,
    now: Timestamp,
    action: &str,
    body: &[u8],
) -> Result<Reply, ApiError> {
    match action {
        "PutScalingPolicy" => query(body, |q| policies::put(world, now, q)),
        "DeletePolicy" => query_without_result(body, |q| policies::delete(world, now, &q)),
        "ExecutePolicy" => query_without_result(body, |q| policies::execute(world, now, q)),
        _ => Err(unknown_action(action)),
    }
}
