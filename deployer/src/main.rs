//! `deploy`: releases a version to an EC2 Auto Scaling group and judges it.
//!
//! This file reads the command line, runs one command and turns how it ended into an exit code. What the command line may
//! say is in [`cli`], the commands themselves in [`command`].

#![expect(
    unreachable_pub,
    reason = "a binary offers nothing to the outside: `pub` marks what a module offers to its neighbours"
)]

mod access;
mod cli;
mod clock;
mod command;
mod config;
mod environ;
mod exit;
mod failure;
mod fleet;
mod journal;
mod log;
mod output;
mod preflight;
mod printable;
mod publish;
mod report;
mod rollout;
mod signing;

use cli::{Cli, Command, Common, Output, Request, WrongUsage};
use config::Config;
use exit::Exit;
use failure::Failure;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let (common, request) = match Cli::read(std::env::args_os()) {
        Ok(parsed) => parsed,
        Err(error) => return usage(&error).into(),
    };
    log::start();
    let shows = is_done_when_shown(&request);
    let ended = run(&common, request).await;
    let ended = ended.and_then(|exit| match output::check() {
        Err(unwritten) if shows => Err(unwritten.into()),
        _ => Ok(exit),
    });
    let exit = ended.unwrap_or_else(|failure| {
        output::failure(common.output, &failure);
        failure.exit()
    });
    exit.into()
}

/// Whether the request is for something to read. What becomes of a deployment is told by its exit code, whatever the display
/// does.
fn is_done_when_shown(request: &Request) -> bool {
    match request {
        Request::Deploy(args) => args.dry_run,
        Request::Command(Command::Rollback(_)) => false,
        Request::Command(
            Command::Publish(_) | Command::Status(_) | Command::History(_) | Command::Keygen(_),
        ) => true,
    }
}

/// Runs the command. Those that call AWS are boxed: the SDK's futures are too large for the stack of every caller.
async fn run(common: &Common, request: Request) -> Result<Exit, Failure> {
    let output = common.output;
    // Not read for `keygen`, which makes what the configuration needs.
    let config = || Config::load(&common.config);
    let command = match request {
        Request::Deploy(args) => {
            let (config, mut report) = (config()?, report::reporter(output));
            return Box::pin(command::deploy::run(&config, &args, report.as_mut())).await;
        }
        Request::Command(command) => command,
    };
    match command {
        Command::Publish(args) => command::publish::run(&config()?, &args, output).await,
        Command::Status(args) => Box::pin(command::status::run(&config()?, &args, output)).await,
        Command::History(args) => command::history::run(&config()?, &args, output).await,
        Command::Rollback(args) => {
            let (config, mut report) = (config()?, report::reporter(output));
            Box::pin(command::rollback::run(&config, &args, report.as_mut())).await
        }
        Command::Keygen(args) => command::keygen::run(&args, output),
    }
}

/// Shows what clap has to say: help and the version on stdout, errors on stderr or as JSON.
fn usage(error: &clap::Error) -> Exit {
    if !error.use_stderr() {
        // Nothing is left to do when even the help cannot be written.
        let _ = error.print();
        return Exit::Done;
    }
    let arguments = std::env::args_os().map(|it| it.to_string_lossy().into_owned());
    match WrongUsage::asked_for_json(arguments, error) {
        Some(wrong) => output::failure(Output::Json, &wrong.into()),
        None => drop(error.print()),
    }
    Exit::Usage
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_display_that_fails_ends_what_is_for_reading_and_no_deployment() {
        let is_for_reading = |line: &str| {
            let (_, request) = Cli::read(line.split(' ').map(Into::into)).unwrap();
            is_done_when_shown(&request)
        };
        for line in [
            "deploy --version 1.0.0 --env prod --dry-run",
            "deploy status --env prod",
            "deploy history --env prod",
            "deploy publish --version 1.0.0 --file app",
            "deploy keygen",
        ] {
            assert!(is_for_reading(line), "{line}");
        }
        for line in [
            "deploy --version 1.0.0 --env prod",
            "deploy rollback --env prod",
        ] {
            assert!(!is_for_reading(line), "{line}");
        }
    }
}
