//! Everything that is checked before the first write. Each refusal is a variant of its own, with its exit code and a hint.
//!
//! The order is: configuration and endpoint (before this module), the release in the store, the caller's account, the group.

mod refusal;

use crate::config::{Environment, Strategy};
use crate::fleet::{AwsFleet, Hook, ReadError, Survey};
use crate::rollout::observation::{Group, Member, Refresh, Stage, TargetHealth};
use contract::blob::{self, BlobError};
use contract::release::Release;
use contract::store::Store;

pub use refusal::Refusal;

/// The transition that a launch hook holds.
const LAUNCHING: &str = "autoscaling:EC2_INSTANCE_LAUNCHING";

/// The transition that a terminate hook holds.
const TERMINATING: &str = "autoscaling:EC2_INSTANCE_TERMINATING";

/// Processes without which a refresh stalls, or new members get no traffic.
const NEEDED_PROCESSES: [&str; 4] = [
    "Launch",
    "Terminate",
    "InstanceRefresh",
    "AddToLoadBalancer",
];

/// Reads every file of a release and compares it with the manifest, so that no instance is the first to find out.
pub async fn verify_blobs(store: &Store, release: &Release) -> Result<(), BlobError> {
    for file in &release.manifest.files {
        blob::fetch(store, file, std::io::sink()).await?;
    }
    Ok(())
}

/// Holds the account of the credentials against the environment's.
pub fn check_account(found: &str, environment: &Environment) -> Result<(), Refusal> {
    if found == environment.account {
        return Ok(());
    }
    Err(Refusal::WrongAccount {
        environment: environment.name.to_string(),
        wanted: environment.account.clone(),
        found: found.to_owned(),
    })
}

/// The group's set-up, or that it does not exist.
pub async fn survey(
    fleet: &AwsFleet,
    environment: &Environment,
) -> Result<Result<Survey, Refusal>, ReadError> {
    let found = fleet.survey().await?;
    Ok(found.ok_or_else(|| Refusal::NoGroup {
        group: environment.group.clone(),
        region: environment.region.clone(),
    }))
}

/// Whether a deployment may begin on this group. The first thing in the way is named.
pub fn check_group(survey: &Survey, environment: &Environment) -> Result<(), Refusal> {
    check_template(&survey.group, &environment.group)?;
    check_refreshes(&survey.refreshes)?;
    check_processes(&survey.group)?;
    check_hook(&survey.hooks, LAUNCHING, "launch")?;
    check_hook(&survey.hooks, TERMINATING, "terminate")?;
    check_balancer(&survey.group)?;
    check_headroom(&survey.group, &environment.strategy)?;
    check_health(survey)
}

fn check_template(group: &Group, name: &str) -> Result<(), Refusal> {
    let group_name = || name.to_owned();
    let Some(template) = &group.template else {
        return Err(Refusal::NoTemplate {
            group: group_name(),
        });
    };
    match template.number() {
        Some(_) => Ok(()),
        None => Err(Refusal::NotPinned {
            group: group_name(),
            version: template.version.clone(),
        }),
    }
}

fn check_refreshes(refreshes: &[Refresh]) -> Result<(), Refusal> {
    match refreshes.iter().find(|refresh| refresh.status.is_active()) {
        None => Ok(()),
        Some(active) => Err(Refusal::OtherRefresh {
            refresh: active.id.clone(),
            status: active.status.to_string(),
        }),
    }
}

fn check_processes(group: &Group) -> Result<(), Refusal> {
    let is_needed = |process: &&String| NEEDED_PROCESSES.contains(&process.as_str());
    let processes: Vec<String> = group.suspended.iter().filter(is_needed).cloned().collect();
    if processes.is_empty() {
        return Ok(());
    }
    Err(Refusal::Suspended { processes })
}

fn check_hook(hooks: &[Hook], transition: &str, kind: &'static str) -> Result<(), Refusal> {
    if hooks.iter().any(|hook| hook.transition == transition) {
        return Ok(());
    }
    Err(Refusal::NoHook { kind })
}

fn check_balancer(group: &Group) -> Result<(), Refusal> {
    if group.target_groups.is_empty() {
        return Err(Refusal::NoTargetGroup);
    }
    if !group.elb_health {
        return Err(Refusal::NoElbHealth);
    }
    Ok(())
}

/// New members come before old ones leave, at least one, whatever the percentage rounds to.
fn check_headroom(group: &Group, strategy: &Strategy) -> Result<(), Refusal> {
    let (desired, percent) = (group.desired, strategy.max_healthy_percentage);
    let by_percentage = desired.saturating_mul(percent.into()).div_ceil(100);
    let launches_first = strategy.min_healthy_percentage == 100;
    let needed = if launches_first {
        by_percentage.max(desired + 1)
    } else {
        by_percentage
    };
    if group.max >= needed {
        return Ok(());
    }
    Err(Refusal::NoHeadroom {
        max: group.max,
        needed,
        percent,
        desired,
    })
}

/// The desired number in service, and every one of them well. Which version they run does not matter: a release is the cure
/// for a group that an earlier failure has left mixed.
fn check_health(survey: &Survey) -> Result<(), Refusal> {
    let group = &survey.group;
    let is_well = |member: &&Member| {
        let target = survey.targets.get(&member.instance);
        member.healthy && target.is_some_and(|target| target.health == TargetHealth::Healthy)
    };
    let serving: Vec<&Member> = group
        .members
        .iter()
        .filter(|member| member.lifecycle.stage == Stage::InService)
        .collect();
    let sick = serving.iter().find(|member| !is_well(member));
    let detail = match sick {
        Some(member) => format!("{} is not healthy", member.instance),
        None if serving.len() < group.desired as usize => {
            format!(
                "{} of {} members are in service",
                serving.len(),
                group.desired
            )
        }
        None => return Ok(()),
    };
    Err(Refusal::Unhealthy { detail })
}

#[cfg(test)]
mod tests;
