//! Every duration of a sandbox, in one place: how fast AWS is, how the account is configured, how the application leaves.
//!
//! `fast` plays a deploy in seconds; `aws` takes the time that AWS takes. The two differ in numbers only, never in the order
//! of things. What the numbers must be to each other (a server outlives the balancer's idle timeout, and so on) is tested
//! below.

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

/// The durations of one sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The pace that this profile is for.
    pub pace: Pace,
    /// How long AWS's own steps take.
    pub world: Timings,
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
}

/// See [`Profile::app`]. The words are those of `baton-server`'s flags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    /// How long the server keeps an idle connection.
    pub keep_alive: Duration,
    /// After SIGTERM: how long it serves as ever, only its health says 503.
    pub unready: Duration,
    /// After that: how long it answers what still arrives with `Connection: close` before it closes what is idle.
    pub lame: Duration,
    /// The end of it all, counted from SIGTERM.
    pub drain_total: Duration,
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
#[derive(Debug, Clone, PartialEq, Eq)]
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
}

impl Profile {
    /// The profile of a pace.
    pub fn of(pace: Pace) -> Profile {
        match pace {
            Pace::Fast => Profile::fast(),
            Pace::Aws => Profile::aws(),
        }
    }

    /// Seconds: a deploy of four members in well under a minute.
    pub fn fast() -> Profile {
        Profile {
            pace: Pace::Fast,
            world: Timings::fast(),
            balancer: Balancer {
                // Long enough that pooled connections are really reused, short enough to see one time out in a drain.
                idle_timeout: Duration::from_secs(2),
                // On loopback only a full accept queue makes a connect slow.
                connect_timeout: Duration::from_secs(2),
                // Not zero: late requests to a leaving target are what a drain has to survive.
                propagation: Duration::from_millis(500),
            },
            target_group: TargetGroup {
                interval: Duration::from_millis(300),
                timeout: Duration::from_millis(250),
                healthy_threshold: 2,
                unhealthy_threshold: 2,
                // Above the idle timeout, so that the drain ends by itself before the delay does.
                deregistration_delay: Duration::from_secs(3),
            },
            group: Group {
                // Below what Auto Scaling accepts (30 s), so that a hook nobody completes does not stop the show.
                hook_heartbeat: Duration::from_secs(20),
                // A member that dies right after InService is seen at once.
                health_check_grace: Duration::from_secs(1),
            },
            app: App {
                // Above the balancer's idle timeout: whoever closes an idle connection first must not be the server.
                keep_alive: Duration::from_secs(10),
                // Above the propagation: while new requests still arrive, the server is not yet leaving.
                unready: Duration::from_secs(1),
                // Above the idle timeout: every pooled connection has been used or closed by the balancer by then.
                lame: Duration::from_secs(4),
                drain_total: Duration::from_secs(8),
            },
            agent: Agent {
                // Well below the propagation: an instance hears of its end while the balancer still sends it requests, so
                // that leaving at once is seen to be wrong.
                poll: Duration::from_millis(100),
                heartbeat: Duration::from_secs(5),
                install_timeout: Duration::from_secs(15),
                // A debug build on a busy machine starts in well under a second.
                start_timeout: Duration::from_secs(8),
                // Above the server's own limit, so that the server's account of its drain is never cut off.
                stop_timeout: Duration::from_secs(10),
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
                // The shortest that deploy accepts: a killed deploy is resumed within seconds.
                lease: Duration::from_secs(5),
                deadline: Duration::from_mins(3),
                settle_deadline: Duration::from_secs(30),
            },
            // Four debug builds on a busy machine of two cores need about ten.
            coming_up: Duration::from_mins(1),
            around: Duration::from_secs(4),
        }
    }

    /// AWS's own: what AWS decides is as documented, what an account decides is AWS's default.
    pub fn aws() -> Profile {
        Profile {
            pace: Pace::Aws,
            world: Timings::aws(),
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
            },
            coming_up: Duration::from_mins(10),
            around: Duration::from_secs(30),
        }
    }
}

impl App {
    /// How most software leaves: at once, on SIGTERM, with connections that it closes earlier than the balancer does.
    pub fn naive() -> App {
        App {
            keep_alive: Duration::from_millis(400),
            unready: Duration::ZERO,
            lame: Duration::ZERO,
            drain_total: Duration::ZERO,
        }
    }

    /// The arguments of `baton-server` that say the same.
    pub fn args(&self) -> Vec<String> {
        [
            ("--keep-alive", self.keep_alive),
            ("--unready", self.unready),
            ("--lame", self.lame),
            ("--drain-total", self.drain_total),
        ]
        .into_iter()
        .flat_map(|(flag, duration)| [flag.to_owned(), text(duration)])
        .collect()
    }
}

/// A duration as `deploy.toml`, `agent.toml` and the server's flags read it, e.g. `2s 500ms`.
pub fn text(duration: Duration) -> String {
    humantime::format_duration(duration).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(relation: impl Fn(&Profile) -> (Duration, Duration), why: &str) {
        for profile in [Profile::fast(), Profile::aws()] {
            let (longer, shorter) = relation(&profile);
            assert!(
                longer > shorter,
                "{:?}: {why}: {longer:?} > {shorter:?}",
                profile.pace
            );
        }
    }

    #[test]
    fn the_server_is_never_the_first_to_close_an_idle_connection() {
        check(
            |p| (p.app.keep_alive, p.balancer.idle_timeout),
            "keep-alive, idle timeout",
        );
        check(
            |p| {
                (
                    p.app.unready + p.app.lame,
                    p.balancer.propagation + p.balancer.idle_timeout,
                )
            },
            "a leaving server outwaits the balancer's pool",
        );
    }

    #[test]
    fn a_leaving_server_accepts_until_the_balancer_knows() {
        check(
            |p| (p.app.unready, p.balancer.propagation),
            "unready, propagation",
        );
    }

    #[test]
    fn an_instance_hears_of_its_end_while_requests_still_reach_it() {
        check(
            |p| (p.balancer.propagation, 2 * p.agent.poll),
            "propagation, poll",
        );
    }

    #[test]
    fn each_limit_leaves_room_for_the_one_inside_it() {
        check(
            |p| (p.app.drain_total, p.app.unready + p.app.lame),
            "total, its phases",
        );
        check(
            |p| (p.agent.stop_timeout, p.app.drain_total),
            "agent's stop, server's total",
        );
        check(
            |p| (p.group.hook_heartbeat, p.agent.start_timeout),
            "hook, one start",
        );
        check(
            |p| (p.group.hook_heartbeat, p.agent.stop_timeout),
            "hook, one stop",
        );
        check(
            |p| (p.target_group.interval, p.target_group.timeout),
            "interval, one probe",
        );
        check(
            |p| {
                (
                    p.deploy.deadline,
                    4 * (p.target_group.deregistration_delay + p.agent.stop_timeout),
                )
            },
            "deploy, four members in a row",
        );
    }

    #[test]
    fn the_naive_application_breaks_the_rules_that_the_real_one_keeps() {
        let naive = App::naive();
        assert!(naive.keep_alive < Profile::fast().balancer.idle_timeout);
        assert!(naive.unready < Profile::fast().balancer.propagation);
        assert_eq!(
            naive.args().join(" "),
            "--keep-alive 400ms --unready 0s --lame 0s --drain-total 0s"
        );
    }

    #[test]
    fn durations_are_written_as_they_are_read() {
        for profile in [Profile::fast(), Profile::aws()] {
            for pair in profile.app.args().chunks(2) {
                assert!(humantime::parse_duration(&pair[1]).is_ok(), "{pair:?}");
            }
        }
        assert_eq!(text(Duration::from_millis(2500)), "2s 500ms");
    }
}
