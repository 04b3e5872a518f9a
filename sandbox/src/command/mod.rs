//! What can be typed. Each command's options and its thread from options to exit status are in a file of its own.

mod application;
mod common;
mod configuration;
mod down;
mod env;
mod failure;
mod faults;
mod gameday;
mod leash;
mod quoted;
mod rehearse;
mod release;
mod report_files;
mod up;

use self::failure::Failure;
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// AWS on loopback: rehearse a deploy on this machine, with no account.
///
/// A sandbox is an Auto Scaling group of real agent and server processes, the AWS APIs they and `deploy` call, and a load
/// balancer that retries nothing. `rehearse` runs a whole deploy under load and fails if one request was lost.
#[derive(Debug, Parser)]
#[command(name = "sandbox", version, after_help = AFTER_HELP, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Up(up::Args),
    Env(env::Args),
    Down(down::Args),
    Rehearse(rehearse::Args),
    Gameday(gameday::Args),
    #[command(hide = true)]
    Leash(leash::Args),
}

const AFTER_HELP: &str = "\
Examples:
  Run a whole deploy under load and see what it costs a client:
    sandbox rehearse
  Run it once for each kind of fault, and see what becomes of it:
    sandbox gameday
  Play with one by hand, in two terminals:
    sandbox up
    eval \"$(sandbox env)\" && deploy publish --version 1.1.0 --file PATH && deploy --version 1.1.0 --env sandbox

Exit codes:
    0  done. rehearse: the deploy succeeded and no request was lost;
       up: it was up until Ctrl-C, SIGTERM or `sandbox down` ended it
    1  rehearse: a request was lost, or the deploy failed;
       gameday: a scenario did not end as expected
    2  wrong usage, found before anything is started. env, down: no sandbox runs there;
       up, rehearse, gameday: one runs there already; rehearse: the report's folder cannot be written
    3  the sandbox could not start, or did not come up; rehearse, gameday: the report could not be written
  130  interrupted by Ctrl-C or SIGTERM. up: before it was up; rehearse, gameday: before the verdict

With --output json, what keeps rehearse or gameday from a verdict is a JSON object on stdout: event (\"error\"), code, message, hint.

Set SANDBOX_LOG=info (or debug) to see more of what happens inside.";

impl Cli {
    /// Runs the command to its exit status, having said on stderr what went wrong.
    pub(crate) fn run(self) -> ExitCode {
        let done = match self.command {
            Command::Up(args) => up::run(args),
            Command::Env(args) => env::run(&args),
            Command::Down(args) => down::run(&args),
            Command::Rehearse(args) => rehearse::run(args),
            Command::Gameday(args) => gameday::run(args),
            Command::Leash(args) => leash::run(&args),
        };
        done.unwrap_or_else(Failure::report)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
