//! The command line, and who asked: cargo to measure, cargo to test, or the bench that runs itself for one size.

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum as _};

use super::report::say;
use super::story::Story;
use super::{bench, run};

/// Deploys to fleets of many sizes in virtual time. See sandbox/BENCH.md.
#[derive(Debug, Parser)]
#[command(name = "cargo bench -p sandbox --bench fleet --")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Play every size of every story.
    Measure {
        /// Only this size; repeatable.
        #[arg(long = "members", default_values_t = [10, 100, 1_000, 3_000, 10_000])]
        sizes: Vec<u32>,
        /// Only this story; repeatable.
        #[arg(long = "only")]
        stories: Vec<Story>,
        /// Write the tables into sandbox/BENCH.md, too.
        #[arg(long)]
        write: bool,
    },
    /// Play one size of one story and print its figures as JSON.
    #[command(hide = true)]
    Run { story: Story, members: u32 },
}

/// Runs what the arguments name.
pub(crate) fn main() -> ExitCode {
    let given: Vec<String> = std::env::args().skip(1).collect();
    if !is_wanted(&given) {
        return ExitCode::SUCCESS;
    }
    match act(Cli::parse_from(arguments(given)).command) {
        Ok(code) => code,
        Err(error) => {
            say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn act(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Measure {
            sizes,
            stories,
            write,
        } => {
            let all = if stories.is_empty() {
                Story::value_variants()
            } else {
                &stories
            };
            bench::run(&sizes, all, write)
        }
        Command::Run { story, members } => {
            let figures = run::run(story, members)?;
            writeln!(io::stdout(), "{}", serde_json::to_string(&figures)?)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// `cargo bench` says `--bench`. `cargo test --benches` and whoever asks with `--list` do not want minutes of load.
fn is_wanted(given: &[String]) -> bool {
    let has = |flag: &str| given.iter().any(|argument| argument == flag);
    let runs = given.first().is_some_and(|first| first == "run");
    runs || (has("--bench") && !has("--list") && !has("--test"))
}

fn arguments(given: Vec<String>) -> Vec<String> {
    let mut given: Vec<String> = given.into_iter().filter(|flag| flag != "--bench").collect();
    if given.first().is_none_or(|first| first.starts_with('-')) {
        given.insert(0, "measure".to_owned());
    }
    given.insert(0, "bench".to_owned());
    given
}
