//! What can be said about a fault: the words before the equals sign.

/// One key of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// How long it waits before it begins.
    After,
    /// How long it lasts once begun.
    For,
    /// How often it strikes before it is spent.
    Times,
    /// With which probability it strikes when it could.
    Chance,
    /// Which member.
    Member,
    /// Only in this availability zone.
    Zone,
    /// Only instances that were launched for this version.
    Version,
    /// Only calls to this service.
    Service,
    /// Only this operation.
    Op,
    /// Only calls of `deploy` and people, or only of instances.
    From,
    /// How long it takes.
    Delay,
    /// How many requests (or probes).
    Requests,
    /// Which of the deployer's changing calls.
    Action,
    /// On which side of the call.
    When,
    /// The name of what is meant.
    Name,
    /// Bytes per second.
    Rate,
    /// Bytes.
    Size,
}

impl Key {
    /// Every key, in the order in which a fault is written.
    pub const ALL: [Self; 17] = [
        Self::After,
        Self::For,
        Self::Times,
        Self::Chance,
        Self::Member,
        Self::Zone,
        Self::Version,
        Self::Service,
        Self::Op,
        Self::From,
        Self::Delay,
        Self::Requests,
        Self::Action,
        Self::When,
        Self::Name,
        Self::Rate,
        Self::Size,
    ];

    /// The word.
    pub fn name(self) -> &'static str {
        match self {
            Self::After => "after",
            Self::For => "for",
            Self::Times => "times",
            Self::Chance => "chance",
            Self::Member => "member",
            Self::Zone => "zone",
            Self::Version => "version",
            Self::Service => "service",
            Self::Op => "op",
            Self::From => "from",
            Self::Delay => "delay",
            Self::Requests => "requests",
            Self::Action => "action",
            Self::When => "when",
            Self::Name => "name",
            Self::Rate => "rate",
            Self::Size => "size",
        }
    }

    /// What it says, for people.
    pub fn about(self) -> &'static str {
        match self {
            Self::After => "begins so late",
            Self::For => "lasts so long [for ever]",
            Self::Times => "strikes so often, or so many members",
            Self::Chance => "strikes with this probability [1]",
            Self::Member => "strikes this member [random; new where it says \"from now on\"]",
            Self::Zone => "only in this zone",
            Self::Version => "only instances launched for this version",
            Self::Service => "only this service",
            Self::Op => "only this operation",
            Self::From => "only calls of these",
            Self::Delay => "takes so long",
            Self::Requests => "so many requests",
            Self::Action => "which changing call of deploy",
            Self::When => "on which side of the call",
            Self::Name => "the name of what is meant",
            Self::Rate => "per second",
            Self::Size => "so much",
        }
    }

    /// What may stand after the equals sign, for people.
    pub fn form(self) -> &'static str {
        match self {
            Self::After | Self::Delay => "a duration such as 500ms or 1m30s, at most 7d",
            Self::For => "a duration above 0 such as 500ms or 1m30s, at most 7d",
            Self::Times | Self::Requests | Self::Action => "a number from 1 on",
            Self::Chance => "a number above 0 and up to 1",
            Self::Member => {
                "a number from 1 on (in the order of launch), oldest, newest, random or new"
            }
            Self::Zone => "us-east-1a, us-east-1b or us-east-1c",
            Self::Version => "a version such as 1.1.0",
            Self::Service => "autoscaling, ec2, elasticloadbalancing, monitoring, ssm, sts or s3",
            Self::Op => "an operation such as DescribeAutoScalingGroups",
            Self::From => "deploy or instances",
            Self::When => "before or after",
            Self::Name => "a name",
            Self::Rate | Self::Size => "bytes such as 65536, 64K or 1M",
        }
    }

    /// The key of that name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.name() == name)
    }
}
