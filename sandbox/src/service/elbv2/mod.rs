//! Elastic Load Balancing, version 2: reading what the groups and the balancer do. This file only says which operation is
//! which function.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Operations.html>

mod list;
mod load_balancers;
mod target_groups;
mod target_health;

use super::Reply;
use super::codec::{query, unknown_action};
use crate::wire::error::ApiError;
use crate::world::World;

pub(super) fn handle(world: &World, action: &str, body: &[u8]) -> Result<Reply, ApiError> {
    match action {
        "DescribeTargetHealth" => query(body, |q| target_health::describe(world, q)),
        "DescribeTargetGroups" => query(body, |q| target_groups::describe(world, &q)),
        "DescribeTargetGroupAttributes" => query(body, |q| target_groups::attributes(world, &q)),
        "DescribeLoadBalancers" => query(body, |q| load_balancers::describe(world, &q)),
        "DescribeListeners" => query(body, |q| load_balancers::listeners(world, &q)),
        _ => Err(unknown_action(action)),
    }
}
