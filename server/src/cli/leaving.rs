//! How it leaves.

use std::time::Duration;

use clap::Args;
use server::Settings;

use super::units::time;

#[derive(Debug, Args)]
#[command(next_help_heading = "Leaving")]
pub(crate) struct Leaving {
    /// How long health checks fail while service goes on as before. At least the balancer's check
    /// interval times its unhealthy threshold, plus the time its decision takes to spread.
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "10s")]
    unready: Duration,

    /// Longest time after that in which new connections are taken and idle ones held. Ends early
    /// when no connection is left.
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "75s")]
    lame: Duration,

    /// After --unready, close an idle connection that has been silent this long. Longer than the
    /// balancer's idle timeout (an ALB's: 60s); for clients that connect directly 5s to 10s will
    /// do.
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "75s")]
    idle_grace: Duration,

    /// After --unready, how long a WebSocket or another upgraded connection may take to end by
    /// itself before the server ends it (a WebSocket by a close with 1001).
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "10s")]
    upgrade_grace: Duration,

    /// From the signal until everything left is cut, --unready included. 0s: cut everything at
    /// once, as most software does.
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "90s")]
    drain_total: Duration,

    /// How long the supervisor waits between SIGTERM and SIGKILL; only used to warn (systemd's
    /// `TimeoutStopSec`: 90s; an ECS container or a Kubernetes pod: 30s).
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "90s")]
    pub(crate) stop_timeout: Duration,
}

impl Leaving {
    pub(super) fn apply(&self, settings: &mut Settings) {
        settings.unready = self.unready;
        settings.lame = self.lame;
        settings.idle_grace = self.idle_grace;
        settings.upgrade_grace = self.upgrade_grace;
        settings.total = self.drain_total;
    }
}
