//! Elastic Load Balancing, version 2. This file only says which operation is which function.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Operations.html>

mod actions;
mod arns;
mod attributes;
mod conditions;
mod health_checks;
mod limits;
mod list;
mod listeners;
mod load_balancer_attributes;
mod load_balancers;
mod rules;
mod tags;
mod target_group_attributes;
mod target_groups;
mod target_health;
mod targets;

use super::Reply;
use super::codec::{query, unknown_action};
use crate::wire::error::ApiError;
use crate::world::World;

pub(super) fn handle(world: &mut World, action: &str, body: &[u8]) -> Result<Reply, ApiError> {
    arns::check(body)?;
    match action {
        "DescribeTargetHealth" => query(body, |q| target_health::describe(world, q)),
        "DescribeTargetGroups" => query(body, |q| target_groups::describe(world, &q)),
        "DescribeTargetGroupAttributes" => {
            query(body, |q| target_group_attributes::describe(world, &q))
        }
        "DescribeLoadBalancers" => query(body, |q| load_balancers::describe(world, &q)),
        "DescribeLoadBalancerAttributes" => {
            query(body, |q| load_balancer_attributes::describe(world, &q))
        }
        "DescribeListeners" => query(body, |q| listeners::describe(world, &q)),
        "DescribeRules" => query(body, |q| rules::describe(world, &q)),
        "DescribeTags" => query(body, |q| tags::describe(world, &q)),
        "DescribeAccountLimits" => query(body, |q| limits::describe(&q)),
        _ => change_targets(world, action, body),
    }
}

fn change_targets(world: &mut World, action: &str, body: &[u8]) -> Result<Reply, ApiError> {
    match action {
        "RegisterTargets" => query(body, |q| targets::register(world, &q)),
        "DeregisterTargets" => query(body, |q| targets::deregister(world, &q)),
        "CreateTargetGroup" => query(body, |q| target_groups::create(world, q)),
        "ModifyTargetGroup" => query(body, |q| target_groups::modify(world, q)),
        "DeleteTargetGroup" => query(body, |q| target_groups::delete(world, &q)),
        "ModifyTargetGroupAttributes" => {
            query(body, |q| target_group_attributes::modify(world, &q))
        }
        "AddTags" => query(body, |q| tags::add(world, q)),
        "RemoveTags" => query(body, |q| tags::remove(world, &q)),
        _ => change_routes(world, action, body),
    }
}

fn change_routes(world: &mut World, action: &str, body: &[u8]) -> Result<Reply, ApiError> {
    match action {
        "CreateLoadBalancer" => query(body, |q| load_balancers::create(world, q)),
        "DeleteLoadBalancer" => query(body, |q| load_balancers::delete(world, &q)),
        "ModifyLoadBalancerAttributes" => {
            query(body, |q| load_balancer_attributes::modify(world, &q))
        }
        "CreateListener" => query(body, |q| listeners::create(world, q)),
        "ModifyListener" => query(body, |q| listeners::modify(world, q)),
        "DeleteListener" => query(body, |q| listeners::delete(world, &q)),
        "CreateRule" => query(body, |q| rules::create(world, q)),
        "ModifyRule" => query(body, |q| rules::modify(world, q)),
        "DeleteRule" => query(body, |q| rules::delete(world, &q)),
        "SetRulePriorities" => query(body, |q| rules::set_priorities(world, q)),
        _ => Err(unknown_action(action)),
    }
}
