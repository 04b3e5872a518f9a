//! The command line of both benches, and who asked: cargo to measure, cargo to test, or a bench
//! that runs itself as a server.

use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

use super::report::say;
use super::{restart, scale, serve, throughput};

/// Measures servers beside each other. See server/BENCH.md.
#[derive(Debug, Parser)]
#[command(name = "cargo bench -p server --bench NAME --")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Failed requests per restart, under load.
    Restart(restart::Args),
    /// How long it takes to move idle connections to a successor.
    Scale(scale::Args),
    /// Requests per second and memory per idle connection.
    Throughput(throughput::Args),
    /// Be one of the servers that are measured.
    #[command(hide = true)]
    Serve(serve::Args),
}

/// Runs what the arguments name; `default` if they name nothing.
pub(crate) fn main(default: &str) -> ExitCode {
    let given: Vec<String> = std::env::args().skip(1).collect();
    if !is_wanted(&given) {
        return ExitCode::SUCCESS;
    }
    match run(Cli::parse_from(arguments(default, given)).command) {
        Ok(code) => code,
        Err(error) => {
            say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Restart(args) => restart::run(&args),
        Command::Scale(args) => scale::run(&args),
        Command::Throughput(args) => throughput::run(&args),
        Command::Serve(args) => serve::run(&args).map(|()| ExitCode::SUCCESS),
    }
}

/// `cargo bench` says `--bench`. `cargo test --benches` and whoever asks with `--list` do not want
/// minutes of load.
fn is_wanted(given: &[String]) -> bool {
    let has = |flag: &str| given.iter().any(|argument| argument == flag);
    let serves = given.first().is_some_and(|first| first == "serve");
    serves || (has("--bench") && !has("--list") && !has("--test"))
}

fn arguments(default: &str, given: Vec<String>) -> Vec<String> {
    let mut given: Vec<String> = given.into_iter().filter(|flag| flag != "--bench").collect();
    if given.first().is_none_or(|first| first.starts_with('-')) {
        given.insert(0, default.to_owned());
    }
    given.insert(0, "bench".to_owned());
    given
}

/// What was chosen with a flag that may be repeated; without it, all.
pub(super) fn chosen<T: ValueEnum>(given: &[T]) -> Vec<T> {
    let all = T::value_variants();
    if given.is_empty() { all } else { given }.to_vec()
}
