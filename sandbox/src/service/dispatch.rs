//! The one door: a service, an action and a body in, a reply or an error out.

use jiff::Timestamp;

use super::{Reply, Service, autoscaling, cloudwatch, ec2, elbv2, ssm, sts};
use crate::wire::error::ApiError;
use crate::wire::protocol::Protocol;
use crate::world::World;

/// Does what a request in the service's usual protocol asks for, see [`handle_in`].
///
/// # Errors
/// AWS's own.
pub fn handle(
    world: &mut World,
    now: Timestamp,
    service: Service,
    action: &str,
    body: &[u8],
) -> Result<Reply, ApiError> {
    handle_in(world, now, (service, service.protocol()), action, body)
}

/// Does what a request asks for, at the moment `now`. What the outside must do because of it comes out of the next
/// [`World::advance`].
///
/// # Errors
/// AWS's own error for whatever is wrong; `InvalidAction` (SSM: `UnknownOperationException`) for an operation that is not
/// modelled, and the service's parameter error for a parameter that is not.
pub fn handle_in(
    world: &mut World,
    now: Timestamp,
    (service, protocol): (Service, Protocol),
    action: &str,
    body: &[u8],
) -> Result<Reply, ApiError> {
    world.catch_up(now);
    world.settle();
    match service {
        Service::AutoScaling => autoscaling::handle(world, now, action, body),
        Service::CloudWatch => cloudwatch::handle(world, now, protocol, action, body),
        Service::Ec2 => ec2::handle(world, now, action, body),
        Service::ElbV2 => elbv2::handle(world, action, body),
        Service::Ssm => ssm::handle(world, now, action, body),
        Service::Sts => sts::handle(world, action, body),
    }
}
