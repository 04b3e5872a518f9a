//! An Auto Scaling group and its members.

/// An Auto Scaling group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The smallest size.
    pub min: u32,
    /// The largest size.
    pub max: u32,
    /// The desired size.
    pub desired: u32,
    /// The launch template that the group has saved; changed by AWS only when a refresh succeeds.
    pub template: Option<TemplateRef>,
    /// Whether the load balancer's health checks count for the group.
    pub elb_health: bool,
    /// The attached target groups, by ARN.
    pub target_groups: Vec<String>,
    /// Suspended processes, in AWS's words.
    pub suspended: Vec<String>,
    /// The members.
    pub members: Vec<Member>,
}

/// A launch template and the version text by which a group refers to it: a number, `$Latest` or `$Default`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateRef {
    /// The template's id, `lt-…`.
    pub id: String,
    /// The version as the group has it.
    pub version: String,
}

/// One instance of the group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The instance id.
    pub instance: String,
    /// The availability zone.
    pub zone: String,
    /// The lifecycle state.
    pub lifecycle: Lifecycle,
    /// Whether the group holds it for healthy.
    pub healthy: bool,
    /// The launch template version that it was launched from.
    pub template_version: Option<u64>,
}

/// A lifecycle state, with AWS's own word for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifecycle {
    /// What it means to a deployment.
    pub stage: Stage,
    /// AWS's word, such as `Pending:Wait`.
    pub word: String,
}

/// What a lifecycle state means to a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Being launched.
    Coming,
    /// In service: the group counts it and its target gets traffic.
    InService,
    /// Being terminated or detached.
    Leaving,
    /// Set aside by a person or waiting in the warm pool: no traffic.
    Aside,
}

impl Group {
    /// Members that are launched, serving or on their way there or out: all but those set aside.
    pub fn active_members(&self) -> impl Iterator<Item = &Member> {
        self.members
            .iter()
            .filter(|member| member.lifecycle.stage != Stage::Aside)
    }
}

impl TemplateRef {
    /// The version, when the group is pinned to a number.
    pub fn number(&self) -> Option<u64> {
        self.version.parse().ok()
    }
}
