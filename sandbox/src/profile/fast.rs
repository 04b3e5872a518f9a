//! Seconds.

use super::settings::{Agent, Api, Balancer, Deploy, Group, Pace, TargetGroup};
use super::{App, Profile};
use crate::world::Timings;
use std::time::Duration;

impl Profile {
    /// Seconds: a deploy of four members in well under a minute.
    pub fn fast() -> Profile {
        Profile {
            pace: Pace::Fast,
            world: Timings::fast(),
            api: Api {
                throttled: false,
                lag: Duration::ZERO,
            },
            balancer: Balancer {
                // Short enough to see a pooled connection time out in a drain; long enough that a server on a machine busy with
                // something else is not taken for one that never answers (504).
                idle_timeout: Duration::from_secs(4),
                // On loopback only a full accept queue makes a connect slow.
                connect_timeout: Duration::from_secs(4),
                // Not zero: late requests to a leaving target are what a drain has to survive.
                propagation: Duration::from_millis(500),
            },
            target_group: TargetGroup {
                interval: Duration::from_secs(1),
                // Three in a row: a machine that stalls for a second or two does not make its targets unhealthy.
                timeout: Duration::from_millis(900),
                healthy_threshold: 2,
                unhealthy_threshold: 3,
                // Above the idle timeout, so that the drain ends by itself before the delay does.
                deregistration_delay: Duration::from_secs(5),
            },
            group: Group {
                // Below what Auto Scaling accepts (30 s), so that a hook nobody completes does not stop the show.
                hook_heartbeat: Duration::from_secs(20),
                // A member that dies right after InService is seen at once.
                health_check_grace: Duration::from_secs(1),
                // Two of the fast CloudWatch's minutes: new members have been measured by then.
                default_cooldown: Duration::from_secs(4),
            },
            app: App {
                // Above the balancer's idle timeout: whoever closes an idle connection first must not be the server.
                keep_alive: Duration::from_secs(10),
                // Above the propagation: while new requests still arrive, the server is not yet leaving.
                unready: Duration::from_secs(1),
                // Above the idle timeout: every pooled connection has been used or closed by the balancer by then.
                lame: Duration::from_secs(6),
                drain_total: Duration::from_secs(10),
            },
            agent: Agent {
                // Well below the propagation: an instance hears of its end while the balancer still sends it requests, so
                // that leaving at once is seen to be wrong.
                poll: Duration::from_millis(100),
                heartbeat: Duration::from_secs(5),
                install_timeout: Duration::from_secs(15),
                // A debug build starts in well under a second, on a busy machine in a few.
                start_timeout: Duration::from_secs(15),
                // Above the server's own limit, so that the server's account of its drain is never cut off.
                stop_timeout: Duration::from_secs(12),
            },
            // The terminate hook is over by then: only a wedged agent needs longer.
            shutdown: Duration::from_secs(3),
            deploy: Deploy {
                // deploy's own default: one of four at a time, so that old and new serve side by side for a while.
                max_healthy_percentage: 110,
                // The release serves before the launch hook completes: there is nothing left to warm up.
                instance_warmup: Duration::ZERO,
                // The whole control plane is on loopback and nobody throttles it.
                poll: Duration::from_millis(250),
                // It is renewed after a third, by a synced write: on a busy machine one has been seen to take more than three
                // seconds. What is left must outlast that with room; a killed deploy is resumed within as much.
                lease: Duration::from_secs(15),
                deadline: Duration::from_mins(3),
                settle_deadline: Duration::from_secs(30),
                strategy: toml::Table::new(),
            },
            // Four debug builds on a busy machine of two cores need about ten.
            coming_up: Duration::from_mins(1),
            around: Duration::from_secs(4),
        }
    }
}
