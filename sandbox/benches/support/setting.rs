//! The account before the deployment: one template, one target group, one group with two hooks, with AWS's own timings.

use jiff::Timestamp;
use sandbox::names;
use sandbox::profile::Profile;
use sandbox::wire::error::ApiError;
use sandbox::world::{
    GroupSpec, HealthCheck, HealthChecks, HookResult, HookSpec, HookTransition, Identity,
    LaunchTemplateData, LaunchTemplateId, LoadBalancerSpec, Matcher, MetadataOptions,
    TargetGroupSpec, TemplateRef, World,
};

/// What instances are told at boot; the real thing, for its size.
const USER_DATA: &str = include_str!("../../../launch-templates/user-data.yaml");

/// When the story begins.
const START: i64 = 1_900_000_000;

/// A world whose group has just been created.
#[derive(Debug)]
pub(crate) struct Setting {
    pub(crate) world: World,
    pub(crate) start: Timestamp,
    pub(crate) template: LaunchTemplateId,
    pub(crate) target_group: String,
}

pub(crate) fn make(members: usize, seed: u64) -> anyhow::Result<Setting> {
    let profile = Profile::aws();
    let start = Timestamp::from_second(START)?;
    let mut world = World::new(identity(), profile.world.clone(), seed);
    let target_group = world.create_target_group(target_group(&profile));
    let template = world.create_launch_template(start, names::GROUP, data())?;
    world.create_load_balancer(start, load_balancer(&target_group, &profile))?;
    world.create_group(start, group(&profile, members, &template, &target_group))?;
    Ok(Setting {
        world,
        start,
        template,
        target_group,
    })
}

fn load_balancer(target_group: &str, profile: &Profile) -> LoadBalancerSpec {
    LoadBalancerSpec {
        name: names::GROUP.to_owned(),
        dns_name: "127.0.0.1".to_owned(),
        port: 80,
        target_group: target_group.to_owned(),
        idle_timeout: profile.balancer.idle_timeout,
    }
}

fn identity() -> Identity {
    let zones = ["us-east-1a", "us-east-1b", "us-east-1c"];
    Identity {
        account: "000000000000".to_owned(),
        region: "us-east-1".to_owned(),
        zones: zones.map(str::to_owned).to_vec(),
    }
}

fn data() -> LaunchTemplateData {
    let options = MetadataOptions {
        instance_metadata_tags: Some("enabled".to_owned()),
        ..MetadataOptions::default()
    };
    let data = LaunchTemplateData {
        image_id: Some("ami-00000000000000001".to_owned()),
        instance_type: Some("t3.micro".to_owned()),
        metadata_options: Some(options),
        ..LaunchTemplateData::default()
    };
    data.with_user_data(USER_DATA.as_bytes())
}

fn target_group(profile: &Profile) -> TargetGroupSpec {
    let times = &profile.target_group;
    TargetGroupSpec {
        name: names::GROUP.to_owned(),
        port: 8080,
        health_check: HealthCheck {
            path: "/healthz".to_owned(),
            interval: times.interval,
            timeout: times.timeout,
            healthy_threshold: times.healthy_threshold,
            unhealthy_threshold: times.unhealthy_threshold,
            matcher: Matcher::new([(200, 200)]),
        },
        deregistration_delay: times.deregistration_delay,
    }
}

fn group(
    profile: &Profile,
    members: usize,
    template: &LaunchTemplateId,
    target_group: &str,
) -> GroupSpec {
    let hook = |name: &str, transition, default_result| HookSpec {
        name: name.to_owned(),
        transition,
        heartbeat_timeout: profile.group.hook_heartbeat,
        default_result,
        notification_metadata: None,
    };
    GroupSpec {
        max: 2 * members,
        desired: members,
        target_groups: vec![target_group.to_owned()],
        health_checks: HealthChecks { elb: true },
        health_check_grace: profile.group.health_check_grace,
        default_cooldown: profile.group.default_cooldown,
        hooks: vec![
            hook(
                names::LAUNCH_HOOK,
                HookTransition::Launching,
                HookResult::Abandon,
            ),
            hook(
                names::TERMINATE_HOOK,
                HookTransition::Terminating,
                HookResult::Continue,
            ),
        ],
        ..GroupSpec::new(names::GROUP, TemplateRef::numbered(template.clone(), 1))
    }
}

/// The error as `anyhow` takes it.
pub(crate) fn refused(action: &str, error: &ApiError) -> anyhow::Error {
    anyhow::anyhow!("{action} was refused: {} {}", error.code, error.message)
}
