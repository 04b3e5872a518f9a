//! The account's side of a sandbox that Terraform would make: launch template, target group, Auto Scaling group with its hooks.

use super::account::Published;
use super::{Options, StartError, alarm};
use crate::cloud::Cloud;
use crate::launch_template::{AgentSettings, Release, launch_template_data};
use crate::names;
use crate::profile::text;
use crate::world::{
    GroupSpec, HealthCheck, HealthChecks, HookResult, HookSpec, HookTransition, LaunchTemplateData,
    LoadBalancerSpec, Matcher, TargetGroupSpec, TemplateRef, VersionSpec,
};
use serde_json::Value;
use std::net::SocketAddr;

/// What the group is to be.
pub(super) struct Plan<'a> {
    pub(super) options: &'a Options,
    pub(super) app_port: u16,
    pub(super) balancer: SocketAddr,
    pub(super) public_key: String,
    pub(super) release: Published,
}

/// Makes all of it; the group launches its members at once. Answers the target group's ARN.
pub(super) fn make(cloud: &Cloud, plan: &Plan<'_>) -> Result<String, StartError> {
    let data = template_data(plan)?;
    cloud.with(|world, now| {
        let id = world.create_launch_template(now, names::GROUP, data)?;
        let arn = world.create_target_group(target_group(plan));
        let balancer = world.create_load_balancer(now, load_balancer(plan, &arn))?;
        world.put_alarm(now, alarm::errors(&balancer, &arn))?;
        let template = TemplateRef {
            id,
            version: VersionSpec::Number(1),
        };
        world.create_group(now, group(plan, template, &arn))?;
        Ok(arn)
    })
}

fn template_data(plan: &Plan<'_>) -> Result<LaunchTemplateData, StartError> {
    let agent = &plan.options.profile.agent;
    let settings = AgentSettings {
        service: names::SERVICE.to_owned(),
        environment: names::ENVIRONMENT.to_owned(),
        group: names::GROUP.to_owned(),
        store: names::STORE.to_owned(),
        public_key: plan.public_key.clone(),
        launch_hook: names::LAUNCH_HOOK.to_owned(),
        terminate_hook: names::TERMINATE_HOOK.to_owned(),
        poll: text(agent.poll),
        heartbeat: text(agent.heartbeat),
        install_timeout: text(agent.install_timeout),
        app_port: plan.app_port,
        health_path: plan.options.application.health_path.clone(),
        app_args: plan.options.application.args.clone(),
        start_timeout: text(agent.start_timeout),
        stop_timeout: text(agent.stop_timeout),
    };
    let release = Release {
        version: plan.release.version.clone(),
        manifest: plan.release.manifest.clone(),
    };
    let data = launch_template_data(&settings, &release)?;
    serde_json::from_value(on_the_wire(data)).map_err(StartError::TemplateData)
}

/// Lists have their singular as a name in a request, where the AWS CLI's JSON has the plural.
fn on_the_wire(data: Value) -> Value {
    const LISTS: [(&str, &str); 3] = [
        ("SecurityGroupIds", "SecurityGroupId"),
        ("TagSpecifications", "TagSpecification"),
        ("Tags", "Tag"),
    ];
    let renamed = |name: String| match LISTS.iter().find(|(plural, _)| name == *plural) {
        Some((_, singular)) => (*singular).to_owned(),
        None => name,
    };
    match data {
        Value::Object(members) => members
            .into_iter()
            .map(|(name, value)| (renamed(name), on_the_wire(value)))
            .collect(),
        Value::Array(items) => items.into_iter().map(on_the_wire).collect(),
        leaf => leaf,
    }
}

fn target_group(plan: &Plan<'_>) -> TargetGroupSpec {
    let times = &plan.options.profile.target_group;
    TargetGroupSpec {
        name: names::GROUP.to_owned(),
        port: plan.app_port,
        health_check: HealthCheck {
            path: plan.options.application.health_path.clone(),
            interval: times.interval,
            timeout: times.timeout,
            healthy_threshold: times.healthy_threshold,
            unhealthy_threshold: times.unhealthy_threshold,
            matcher: Matcher::new([(200, 200)]),
        },
        deregistration_delay: times.deregistration_delay,
    }
}

fn load_balancer(plan: &Plan<'_>, target_group: &str) -> LoadBalancerSpec {
    LoadBalancerSpec {
        name: names::GROUP.to_owned(),
        dns_name: plan.balancer.ip().to_string(),
        port: plan.balancer.port(),
        target_group: target_group.to_owned(),
        idle_timeout: plan.options.profile.balancer.idle_timeout,
    }
}

fn group(plan: &Plan<'_>, template: TemplateRef, target_group: &str) -> GroupSpec {
    GroupSpec {
        min: plan.options.instances.min(1),
        // A refresh may double the group.
        max: 2 * plan.options.instances,
        desired: plan.options.instances,
        target_groups: vec![target_group.to_owned()],
        health_checks: HealthChecks { elb: true },
        health_check_grace: plan.options.profile.group.health_check_grace,
        default_cooldown: plan.options.profile.group.default_cooldown,
        hooks: vec![
            hook(
                plan,
                names::LAUNCH_HOOK,
                HookTransition::Launching,
                HookResult::Abandon,
            ),
            hook(
                plan,
                names::TERMINATE_HOOK,
                HookTransition::Terminating,
                HookResult::Continue,
            ),
        ],
        ..GroupSpec::new(names::GROUP, template)
    }
}

/// A launch that nobody vouches for is abandoned; a departure that nobody completes goes on.
fn hook(
    plan: &Plan<'_>,
    name: &str,
    transition: HookTransition,
    default_result: HookResult,
) -> HookSpec {
    HookSpec {
        name: name.to_owned(),
        transition,
        heartbeat_timeout: plan.options.profile.group.hook_heartbeat,
        default_result,
        notification_metadata: None,
    }
}
