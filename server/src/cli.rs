//! The command line of `baton-server`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args as ClapArgs, Parser};
use server::Settings;

/// A web server that stops without dropping a request.
///
/// SIGTERM or SIGINT makes it leave: first it fails its health checks while it serves on
/// (--unready), then it answers whatever still arrives with `Connection: close` and waits for its
/// peers to close (--lame, --idle-grace), and only at --drain-total does it cut what is left. A
/// second signal cuts at once. It prints `ready` when it serves and one line of JSON when it has
/// left; the exit status is 0 only if nothing was cut.
#[derive(Debug, Parser)]
#[command(name = "baton-server", version)]
pub(crate) struct Args {
    /// Address to listen on, unless a supervisor passes a listening socket (`LISTEN_FDS`).
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,

    /// Unix socket at which this server and its successor meet. If a server answers there, this
    /// one takes over from it: its listening socket at once, its idle connections as soon as this
    /// one is ready; so starting a second server with the same arguments is a restart that nobody
    /// notices. If nobody answers, it listens on --listen. Either way it answers there from then on.
    #[arg(long, value_name = "PATH")]
    pub(crate) handoff: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) leaving: Leaving,

    #[command(flatten)]
    pub(crate) deadlines: Deadlines,

    #[command(flatten)]
    pub(crate) identity: Identity,
}

/// Durations are written as `10s`, `1m 30s` or `250ms`.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Leaving (durations: 250ms, 10s, 1m30s)")]
pub(crate) struct Leaving {
    /// How long health checks fail while service goes on as before. At least the balancer's check
    /// interval times its unhealthy threshold, plus the time its decision takes to spread.
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "10s")]
    unready: Duration,

    /// Longest time after that in which new connections are taken and idle ones held. Ends early
    /// when no connection is left.
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "75s")]
    lame: Duration,

    /// After --unready, close an idle connection that has been silent this long. Longer than the
    /// balancer's idle timeout (an ALB's: 60s); for clients that connect directly 5s to 10s will
    /// do.
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "75s")]
    idle_grace: Duration,

    /// From the signal until everything left is cut, --unready included. 0s: cut everything at
    /// once, as most software does.
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "90s")]
    drain_total: Duration,

    /// How long the supervisor waits between SIGTERM and SIGKILL; only used to warn (systemd's
    /// `TimeoutStopSec`: 90s; an ECS container or a Kubernetes pod: 30s).
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "90s")]
    pub(crate) stop_timeout: Duration,
}

#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Connections")]
pub(crate) struct Deadlines {
    /// Close an idle connection after this long. Must be longer than the balancer's idle timeout,
    /// or clients see 502s.
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "75s")]
    keep_alive: Duration,

    /// From the first byte of a request to the end of its header.
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "10s")]
    header_deadline: Duration,

    /// Longest wait for the next byte of a request body.
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "10s")]
    body_stall: Duration,

    /// Longest wait for a client to take the next byte of a response.
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "10s")]
    write_stall: Duration,
}

/// Who this server is; the agent sets these variables.
#[derive(Debug, Clone, ClapArgs)]
#[command(next_help_heading = "Identity")]
pub(crate) struct Identity {
    /// Name of the service.
    #[arg(long, env = "BATON_SERVICE")]
    pub(crate) service: Option<String>,

    /// Version of the release it runs.
    #[arg(
        long,
        value_name = "VERSION",
        env = "BATON_VERSION",
        default_value = "unreleased"
    )]
    pub(crate) release: String,

    /// Instance it runs on.
    #[arg(long, env = "BATON_INSTANCE", default_value = "local")]
    pub(crate) instance: String,

    /// Availability zone of that instance.
    #[arg(long, env = "BATON_ZONE", default_value = "local")]
    pub(crate) zone: String,
}

impl Args {
    /// The library's settings.
    pub(crate) fn settings(&self) -> Settings {
        Settings {
            keep_alive: self.deadlines.keep_alive,
            unready: self.leaving.unready,
            lame: self.leaving.lame,
            idle_grace: self.leaving.idle_grace,
            header_deadline: self.deadlines.header_deadline,
            body_stall: self.deadlines.body_stall,
            write_stall: self.deadlines.write_stall,
            total: self.leaving.drain_total,
            ..Settings::default()
        }
    }
}

fn duration(text: &str) -> Result<Duration, humantime::DurationError> {
    humantime::parse_duration(text)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn defaults_are_the_librarys() {
        let args = Args::parse_from(["baton-server"]);
        assert_eq!(args.settings(), Settings::default());
    }

    #[test]
    fn the_command_line_is_well_formed() {
        Args::command().debug_assert();
        assert!(Args::try_parse_from(["baton-server", "--unready", "10"]).is_err());
    }
}
