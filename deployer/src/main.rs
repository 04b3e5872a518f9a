//! `deploy`: releases a version to an EC2 Auto Scaling group and judges it.
//!
//! This file reads the command line, runs one command and turns how it ended into words and an exit code. What the
//! command line may say is in [`cli`], the commands themselves in [`command`].

mod cli;
mod clock;
mod command;
mod config;
mod environ;
mod exit;
mod failure;

use clap::Parser;
use cli::{Cli, Command, Common, Output, Request};
use config::Config;
use exit::Exit;
use failure::Failure;
use std::io::{self, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    let (common, request) = match Cli::try_parse().and_then(Cli::into_request) {
        Ok(parsed) => parsed,
        Err(error) => return usage(&error).into(),
    };
    let output = common.output;
    let ended = run(&common, request);
    let exit = ended.unwrap_or_else(|failure| {
        show(&failure, output);
        failure.exit()
    });
    exit.into()
}

fn run(common: &Common, request: Request) -> Result<Exit, Failure> {
    let config = Config::load(&common.config)?;
    let _ = config;
    match request {
        Request::Deploy(_) => Ok(Exit::Internal),
        Request::Command(Command::Publish(_)) => Ok(Exit::Internal),
        Request::Command(_) => Ok(Exit::Internal),
    }
}

/// Shows what clap has to say: help and the version on stdout, errors on stderr.
fn usage(error: &clap::Error) -> Exit {
    // Nothing is left to do when even the message cannot be written.
    let _ = error.print();
    if error.use_stderr() {
        Exit::Usage
    } else {
        Exit::Done
    }
}

fn show(failure: &Failure, output: Output) {
    // Nothing is left to do when even the message cannot be written: the exit code still tells.
    let _ = match output {
        Output::Json => write_json(failure),
        Output::Auto | Output::Plain => write_words(failure),
    };
}

fn write_json(failure: &Failure) -> io::Result<()> {
    let mut line = serde_json::to_vec(&failure.to_line())?;
    line.push(b'\n');
    io::stdout().write_all(&line)
}

fn write_words(failure: &Failure) -> io::Result<()> {
    let mut stderr = io::stderr().lock();
    writeln!(stderr, "error: {}", failure.message())?;
    if let Some(hint) = failure.hint() {
        writeln!(stderr, "hint: {hint}")?;
    }
    Ok(())
}
