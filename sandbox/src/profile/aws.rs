//! AWS's own timings.

use super::settings::{Agent, Api, Balancer, Deploy, Group, Pace, TargetGroup};
use super::{App, Profile};
use crate::world::Timings;
use std::time::Duration;

impl Profile {
    /// AWS's own: what AWS decides is as documented, what an account decides is AWS's default.
    pub fn aws() -> Profile {
        Profile {
            pace: Pace::Aws,
            world: Timings::aws(),
            api: Api {
                throttled: true,
                // Not documented but that there is one; most reads are right at once, few are seconds late.
                lag: Duration::from_secs(2),
            },
            balancer: Balancer {
                // https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html
                idle_timeout: Duration::from_mins(1),
                // .../application/load-balancer-troubleshooting.html, "HTTP 504"
                connect_timeout: Duration::from_secs(10),
                // Not documented; seconds are seen in practice.
                propagation: Duration::from_secs(5),
            },
            target_group: TargetGroup {
                // .../application/target-group-health-checks.html, the defaults.
                interval: Duration::from_secs(30),
                timeout: Duration::from_secs(5),
                healthy_threshold: 5,
                unhealthy_threshold: 2,
                // .../application/edit-target-group-attributes.html, the default.
                deregistration_delay: Duration::from_mins(5),
            },
            group: Group {
                // Ample for a boot and a download; the agent's heartbeats prolong it. AWS's default is an hour.
                hook_heartbeat: Duration::from_mins(5),
                // The release serves before the hook completes, so the launch needs no grace; the first probes do.
                health_check_grace: Duration::from_mins(1),
                // .../autoscaling/ec2/userguide/ec2-auto-scaling-scaling-cooldowns.html, the default.
                default_cooldown: Duration::from_mins(5),
            },
            app: App {
                keep_alive: Duration::from_secs(75),
                // Two failed probes would take a minute; what counts is the propagation, with room to spare.
                unready: Duration::from_secs(10),
                lame: Duration::from_secs(75),
                drain_total: Duration::from_secs(90),
            },
            agent: Agent {
                // The agent's own defaults, spelled out.
                poll: Duration::from_secs(1),
                heartbeat: Duration::from_mins(1),
                install_timeout: Duration::from_mins(10),
                start_timeout: Duration::from_secs(30),
                // Above the server's 90 s, below the TimeoutStopSec=120s of baton-agent.service.
                stop_timeout: Duration::from_secs(100),
            },
            // What TimeoutStopSec= of baton-agent.service gives the agent.
            shutdown: Duration::from_mins(2),
            deploy: Deploy {
                // deploy's own defaults, spelled out.
                max_healthy_percentage: 110,
                instance_warmup: Duration::ZERO,
                poll: Duration::from_secs(10),
                lease: Duration::from_mins(1),
                // Four members, one after the other, five minutes of draining each.
                deadline: Duration::from_hours(2),
                settle_deadline: Duration::from_mins(10),
                strategy: toml::Table::new(),
            },
            coming_up: Duration::from_mins(10),
            around: Duration::from_secs(30),
        }
    }
}
