//! The command line, and nothing of what the commands do.

use clap::{Args, Parser, Subcommand};
use std::ffi::OsString;
use std::net::IpAddr;
use std::path::PathBuf;

/// Installs, runs and retires the release of one instance.
///
/// On an instance of an Auto Scaling group, the agent reads the wanted release from the instance's tags, fetches and
/// verifies it, starts it, and completes the launch hook once the server is healthy. When the group lets the instance
/// go, the agent drains the server and completes the terminate hook.
#[derive(Debug, Parser)]
#[command(name = "baton-agent", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Look after this instance until it is told to stop (SIGTERM).
    #[command(after_help = RUN_HELP)]
    Run(Run),
    /// Become a server with an inherited listening socket. The agent starts servers through this.
    #[command(hide = true)]
    Exec(Exec),
}

const RUN_HELP: &str = "\
The configuration names the service, its store and its hooks:

  service = \"example\"
  environment = \"prod\"
  group = \"example-prod\"
  store = \"s3://example-releases\"
  public_key = \"RW...\"              # of the release key, as in minisign.pub
  root = \"/var/lib/baton\"           # releases are kept here
  launch_hook = \"baton-launch\"
  terminate_hook = \"baton-terminate\"
  # heartbeat = \"60s\"               # below the hooks' HeartbeatTimeout
  # poll = \"1s\"                     # of the target lifecycle state
  # install_timeout = \"10m\"

  [app]
  listen = \"0.0.0.0:8080\"           # bound by the agent, inherited by the server as descriptor 3
  health_path = \"/healthz\"          # answers 200 once the server is healthy
  args = []
  start_timeout = \"30s\"             # from start to READY=1 and healthy
  stop_timeout = \"90s\"              # from SIGTERM to SIGKILL

Exit status: 0 after SIGTERM or SIGINT, 1 when it cannot start, 2 for a wrong command line.";

/// `baton-agent run`
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// The agent's configuration.
    #[arg(long, value_name = "PATH", default_value = "/etc/baton/agent.toml")]
    pub(crate) config: PathBuf,
    /// Keep releases here instead of in the configured root.
    #[arg(long, value_name = "DIR")]
    pub(crate) root: Option<PathBuf>,
    /// Listen on this address instead of the configured one; the port stays.
    #[arg(long, value_name = "IP")]
    pub(crate) listen_address: Option<IpAddr>,
    /// End with the process that started the agent, and let the server end with the agent, even on SIGKILL.
    #[arg(long)]
    pub(crate) die_with_parent: bool,
}

/// `baton-agent exec`
#[derive(Debug, Args)]
pub(crate) struct Exec {
    /// Receive SIGKILL when the parent ends.
    #[arg(long)]
    pub(crate) die_with_parent: bool,
    /// The process id of the agent; another parent means that the agent is gone already.
    #[arg(long, value_name = "PID")]
    pub(crate) parent: i32,
    /// The program and its arguments.
    #[arg(last = true, required = true)]
    pub(crate) command: Vec<OsString>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
