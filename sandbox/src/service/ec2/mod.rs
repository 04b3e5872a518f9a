//! EC2: launch templates and instances, as far as a deploy needs them. This file only says which operation is which function.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/OperationList-query.html>

mod create_templates;
mod delete_templates;
mod instances;
mod request;
mod template_view;
mod templates;
mod terminate;

use jiff::Timestamp;

use super::Reply;
use super::codec::{ec2, unknown_action};
use crate::wire::error::ApiError;
use crate::world::World;

pub(super) fn handle(
    world: &mut World,
    now: Timestamp,
    action: &str,
    body: &[u8],
) -> Result<Reply, ApiError> {
    match action {
        "CreateLaunchTemplate" => ec2(body, |q| create_templates::create(world, now, q)),
        "CreateLaunchTemplateVersion" => {
            ec2(body, |q| create_templates::create_version(world, now, q))
        }
        "ModifyLaunchTemplate" => ec2(body, |q| create_templates::modify(world, now, q)),
        "DeleteLaunchTemplate" => ec2(body, |q| delete_templates::delete(world, now, q)),
        "DeleteLaunchTemplateVersions" => {
            ec2(body, |q| delete_templates::delete_versions(world, now, q))
        }
        "DescribeLaunchTemplates" => ec2(body, |q| templates::describe(world, &q)),
        "DescribeLaunchTemplateVersions" => ec2(body, |q| templates::describe_versions(world, &q)),
        "DescribeInstances" => ec2(body, |q| instances::describe(world, &q)),
        "TerminateInstances" => ec2(body, |q| terminate::terminate(world, now, &q)),
        _ => Err(unknown_action(action)),
    }
}
