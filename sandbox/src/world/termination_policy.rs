//! Termination policies: who leaves first when the group shrinks. What each makes of two members is decided in `victims`.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-termination-policies.html>

/// One of AWS's own policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TerminationPolicy {
    /// Keeps to the allocation strategy of a mixed instances policy: without one, all are alike.
    AllocationStrategy,
    /// The next full hour since its launch is the closest.
    ClosestToNextInstanceHour,
    /// Another launch template, then the oldest version, then the oldest instance.
    Default,
    /// The shortest in the group.
    NewestInstance,
    /// The longest in the group.
    OldestInstance,
    /// The oldest launch configuration: nobody has one here, so all are alike.
    OldestLaunchConfiguration,
    /// Another launch template, then the oldest version.
    OldestLaunchTemplate,
}

impl TerminationPolicy {
    /// All of them, by name.
    pub const ALL: [Self; 7] = [
        Self::AllocationStrategy,
        Self::ClosestToNextInstanceHour,
        Self::Default,
        Self::NewestInstance,
        Self::OldestInstance,
        Self::OldestLaunchConfiguration,
        Self::OldestLaunchTemplate,
    ];

    /// Its name in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::AllocationStrategy => "AllocationStrategy",
            Self::ClosestToNextInstanceHour => "ClosestToNextInstanceHour",
            Self::Default => "Default",
            Self::NewestInstance => "NewestInstance",
            Self::OldestInstance => "OldestInstance",
            Self::OldestLaunchConfiguration => "OldestLaunchConfiguration",
            Self::OldestLaunchTemplate => "OldestLaunchTemplate",
        }
    }

    /// The policy of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.name() == name)
    }
}
