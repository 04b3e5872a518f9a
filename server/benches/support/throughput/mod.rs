//! Requests per second and memory per idle connection, as ratios within one run: the machine's own
//! speed drops out.

mod contestant;
mod generator;
mod memory;
mod rounds;
mod usage;
mod verdict;

use std::process::ExitCode;

use super::cli::chosen;
use super::load::Protocol;
use super::machine;
use super::report::{Report, say};
use super::tool::{self, Missing};
use memory::Memory;
use rounds::Score;

/// Pipes, listeners and the runtime's own descriptors.
const OTHER_DESCRIPTORS: u64 = 200;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Rounds in which every server is loaded once, in a different order each.
    #[arg(long, default_value_t = 12)]
    rounds: usize,
    /// Seconds that a server is loaded in a round.
    #[arg(long, default_value_t = 2)]
    seconds: u32,
    /// Idle connections for the measure of memory; 0 leaves it out.
    #[arg(long, default_value_t = 10_000)]
    idle: u32,
    /// Load over this protocol only; may be repeated.
    #[arg(long, value_name = "NAME")]
    protocol: Vec<Protocol>,
    /// Put the tables into server/BENCH.md.
    #[arg(long)]
    write: bool,
}

/// What a run has measured.
#[derive(Default)]
struct Results {
    speed: Vec<(Protocol, Vec<Score>)>,
    memory: Vec<Memory>,
    skipped: Vec<Missing>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    machine::raise_descriptors(u64::from(args.idle) + OTHER_DESCRIPTORS)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let results = runtime.block_on(measure(args))?;
    let mut report = Report::new("throughput", "throughput");
    verdict::report(&results, &mut report);
    report.publish(args.write)?;
    Ok(ExitCode::SUCCESS)
}

async fn measure(args: &Args) -> anyhow::Result<Results> {
    let mut results = Results::default();
    if let Err(missing) = tool::find("nginx") {
        results.skip(missing);
    }
    for protocol in chosen(&args.protocol) {
        match generator::find(protocol) {
            Ok(generator) => {
                let scores = rounds::run(args, protocol, &generator.path).await?;
                results.speed.push((protocol, scores));
            }
            Err(missing) => results.skip(missing),
        }
    }
    if args.idle > 0 {
        results.memory = memory::run(args).await?;
    }
    Ok(results)
}

impl Results {
    fn skip(&mut self, missing: Missing) {
        say(&missing.to_string());
        self.skipped.push(missing);
    }
}
