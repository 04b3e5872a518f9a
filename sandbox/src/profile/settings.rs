//! What there is to set.

use super::App;
use crate::world::Timings;
use std::time::Duration;

/// Which clock a sandbox runs by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Pace {
    /// Seconds instead of minutes, the same order of events.
    Fast,
    /// AWS's own timings: a rehearsal of four members takes most of an hour.
    Aws,
}

impl Pace {
    /// The word for it on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Pace::Fast => "fast",
            Pace::Aws => "aws",
        }
    }
}

/// The durations of one sandbox.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// The pace that this profile is for.
    pub pace: Pace,
    /// How long AWS's own steps take.
    pub world: Timings,
    /// What the AWS APIs let a caller do.
    pub api: Api,
    /// How the load balancer treats connections.
    pub balancer: Balancer,
    /// How the target group judges its targets.
    pub target_group: TargetGroup,
    /// How the Auto Scaling group treats its members.
    pub group: Group,
    /// How the application starts and leaves.
    pub app: App,
    /// How long the agent gives the application.
    pub agent: Agent,
    /// How long an instance has between the shutdown of its operating system and the power going off.
    pub shutdown: Duration,
    /// What `deploy` is configured with.
    pub deploy: Deploy,
    /// When a group that does not become healthy is given up.
    pub coming_up: Duration,
    /// How long a rehearsal loads the group before the deploy starts, and at least after it has ended.
    pub around: Duration,
}

/// See [`Profile::api`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Api {
    /// Whether calls are throttled at AWS's rates.
    pub throttled: bool,
    /// How far behind a read may be: eventual consistency. Zero is none.
    pub lag: Duration,
}

/// See [`Profile::balancer`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balancer {
    /// How long a connection without traffic is kept, to clients and to targets alike.
    pub idle_timeout: Duration,
    /// How long a connection to a target may take to open before the client is told 504.
    pub connect_timeout: Duration,
    /// How long a registration or deregistration takes to reach the data plane.
    pub propagation: Duration,
}

/// See [`Profile::target_group`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetGroup {
    /// Time between two probes of a target.
    pub interval: Duration,
    /// How long a probe waits for its answer.
    pub timeout: Duration,
    /// Successes in a row that make an unhealthy target healthy again (a new target needs one).
    pub healthy_threshold: u32,
    /// Failures in a row that make a target unhealthy.
    pub unhealthy_threshold: u32,
    /// How long a leaving target is `draining`.
    pub deregistration_delay: Duration,
}

/// See [`Profile::group`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// How long a hook waits for a heartbeat or its completion.
    pub hook_heartbeat: Duration,
    /// How long after `InService` the group ignores the load balancer's opinion of a member.
    pub health_check_grace: Duration,
    /// How long the group pauses after simple scaling, and how long new members do not count for its other scaling policies.
    pub default_cooldown: Duration,
}

/// See [`Profile::agent`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// How often it reads its target lifecycle state.
    pub poll: Duration,
    /// How often it tells a waiting hook that it still works.
    pub heartbeat: Duration,
    /// How long fetching and verifying a release may take.
    pub install_timeout: Duration,
    /// From the start of the server to its READY and first healthy answer.
    pub start_timeout: Duration,
    /// From SIGTERM to the server until it is killed.
    pub stop_timeout: Duration,
}

/// See [`Profile::deploy`].
#[derive(Debug, Clone, PartialEq)]
pub struct Deploy {
    /// How far the group may grow during the refresh, in percent of its desired capacity.
    pub max_healthy_percentage: u16,
    /// `InstanceWarmup` of the refresh.
    pub instance_warmup: Duration,
    /// Time between two looks at the fleet.
    pub poll: Duration,
    /// How long the lease on the environment lasts when `deploy` falls silent.
    pub lease: Duration,
    /// When `deploy` gives up and rolls back.
    pub deadline: Duration,
    /// After the refresh: when every target has to be healthy.
    pub settle_deadline: Duration,
    /// What somebody's own strategy says; goes before the rest.
    pub strategy: toml::Table,
}

impl Profile {
    /// The profile of a pace.
    pub fn of(pace: Pace) -> Profile {
        match pace {
            Pace::Fast => Profile::fast(),
            Pace::Aws => Profile::aws(),
        }
    }
}
