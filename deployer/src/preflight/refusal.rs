//! Why a deployment does not begin: each refusal with its exit code and a hint.

use crate::exit::Exit;
use crate::failure::Explain;

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
