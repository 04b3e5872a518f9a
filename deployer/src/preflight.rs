//! Everything that is checked before the first write. Each refusal is a variant of its own, with its exit code and a hint.
//!
//! The order is: configuration and endpoint (before this module), the release in the store, the caller's account, the group.

use crate::config::{Environment, Strategy};
use crate::exit::Exit;
use crate::failure::Explain;
use crate::fleet::{AwsFleet, Hook, ReadError, Survey};
use crate::rollout::observation::{Group, Member, Refresh, Stage, TargetHealth};
use contract::blob::{self, BlobError};
use contract::release::Release;
use contract::store::Store;

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

/// Why a deployment does not begin.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The credentials belong to another account.
    #[error(
        "the credentials belong to account {found}, and the environment `{environment}` to {wanted}"
    )]
    WrongAccount {
        /// The environment.
        environment: String,
        /// The account of the environment.
        wanted: String,
        /// The account of the credentials.
        found: String,
    },
    /// There is no such group.
    #[error("the Auto Scaling group {group} does not exist in {region}")]
    NoGroup {
        /// The group.
        group: String,
        /// The region looked in.
        region: String,
    },
    /// The group is made from something else than a launch template.
    #[error("the group {group} has no launch template of its own")]
    NoTemplate {
        /// The group.
        group: String,
    },
    /// The group follows an alias, which AWS could not roll back.
    #[error("the group {group} is pinned to {version} and not to a numeric template version")]
    NotPinned {
        /// The group.
        group: String,
        /// The alias.
        version: String,
    },
    /// Another refresh is at work.
    #[error("the instance refresh {refresh} is active ({status})")]
    OtherRefresh {
        /// Its id.
        refresh: String,
        /// Its status.
        status: String,
    },
    /// The largest size leaves no room for new members beside the old ones.
    #[error(
        "the group's maximum size is {max}, and the release needs {needed}: {percent} % of {desired}"
    )]
    NoHeadroom {
        /// The group's maximum size.
        max: u32,
        /// The size that the release needs.
        needed: u32,
        /// The strategy's `max_healthy_percentage`.
        percent: u16,
        /// The group's desired size.
        desired: u32,
    },
    /// A hook without which members serve too early or leave too early.
    #[error("the group has no {kind} hook")]
    NoHook {
        /// `launch` or `terminate`.
        kind: &'static str,
    },
    /// No target group, so that no member gets traffic or is judged.
    #[error("the group is attached to no target group")]
    NoTargetGroup,
    /// The load balancer's judgement does not count for the group.
    #[error("the group's health check type does not include ELB")]
    NoElbHealth,
    /// A process that a release needs is suspended.
    #[error("processes of the group are suspended: {}", processes.join(", "))]
    Suspended {
        /// The processes.
        processes: Vec<String>,
    },
    /// The group is not well to begin with.
    #[error("the group is not healthy now: {detail}")]
    Unhealthy {
        /// What is wrong.
        detail: String,
    },
}

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

impl Explain for Refusal {
    fn exit(&self) -> Exit {
        match self {
            Self::WrongAccount { .. } => Exit::WrongAccount,
            Self::NoGroup { .. } => Exit::NoGroup,
            Self::NoTemplate { .. } | Self::NotPinned { .. } => Exit::NotPinned,
            _ => Exit::GroupNotReady,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::WrongAccount { .. } => {
                "switch AWS_PROFILE or the credentials, or correct `account` in deploy.toml"
            }
            Self::NoGroup { .. } => "check `group` and `region` in deploy.toml",
            Self::NoTemplate { .. } => {
                "give the group a launch template with a numeric version; mixed instances policies are not supported"
            }
            Self::NotPinned { .. } => {
                "set a number as the group's launch template version: a rollback needs to know where to"
            }
            Self::OtherRefresh { .. } => {
                "wait for its end, or cancel it with `aws autoscaling cancel-instance-refresh`"
            }
            Self::NoHeadroom { .. } => {
                "raise the group's maximum size, or lower `max_healthy_percentage`"
            }
            Self::NoHook { .. } => {
                "add the hook: without it a member serves before it is ready, or leaves before it has drained"
            }
            Self::NoTargetGroup => "attach the group to the load balancer's target group",
            Self::NoElbHealth => "set the group's health check type to ELB",
            Self::Suspended { .. } => "resume them with `aws autoscaling resume-processes`",
            Self::Unhealthy { .. } => {
                "wait until every member is in service and healthy, then try again; `deploy status` shows them"
            }
        };
        Some(hint.to_owned())
    }
}

#[cfg(test)]
mod tests;
