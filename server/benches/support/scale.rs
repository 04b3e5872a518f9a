//! Many idle connections: how long until the successor has them and the old process is gone, and
//! whether each still works.

use std::process::ExitCode;
use std::time::Duration;

use super::idle::Idle;
use super::machine;
use super::outcome::Tally;
use super::peers::{Baton, Restarted};
use super::report::{Report, say};
use super::spread::Spread;
use super::table::Table;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many times each number of connections is moved.
    #[arg(long, default_value_t = 10)]
    restarts: u32,
    /// Put the table into server/BENCH.md.
    #[arg(long)]
    write: bool,
}

/// A restart, and what became of the next request on each connection.
type Seen = (Restarted, Tally);

/// So many connections, gone within this.
struct Case {
    connections: usize,
    target: Duration,
}

const CASES: [Case; 2] = [
    Case {
        connections: 1_000,
        target: Duration::from_millis(50),
    },
    Case {
        connections: 10_000,
        target: Duration::from_secs(1),
    },
];

/// Pipes, listeners and the runtime's own descriptors.
const OTHER_DESCRIPTORS: u64 = 200;

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    machine::raise_descriptors(10_000 + OTHER_DESCRIPTORS)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut table = Table::new(&[
        "idle connections",
        "restarts",
        "handed over",
        "closed or cut",
        "failed on the next request",
        "old process gone after (p50 / max)",
        "target",
    ]);
    let mut lost = 0;
    for case in &CASES {
        let seen = runtime.block_on(case.measure(args.restarts))?;
        lost += seen.iter().map(|(_, asked)| asked.failed()).sum::<u64>();
        table.row(case.cells(&seen));
    }
    let mut report = Report::new("scale", "restart");
    report.table(&table);
    report.publish(args.write)?;
    Ok(if lost == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

impl Case {
    async fn measure(&self, restarts: u32) -> anyhow::Result<Vec<Seen>> {
        let mut baton = Baton::start().await?;
        let mut idle = Idle::open(baton.address(), "/version", self.connections).await?;
        let mut seen = Vec::new();
        for done in 1..=restarts {
            let restarted = baton.restart().await?;
            let asked = idle.ask_again().await;
            say(&format!(
                "{} idle connections: {done}/{restarts} restarts, gone after {:?}, failed: {}",
                self.connections,
                restarted.lived_on.unwrap_or_default(),
                asked.what_failed()
            ));
            let failed = asked.failed() > 0;
            seen.push((restarted, asked));
            if failed {
                // The clients left are fewer than the row says.
                break;
            }
        }
        drop(idle);
        baton.stop().await?;
        Ok(seen)
    }

    fn cells(&self, seen: &[Seen]) -> Vec<String> {
        let accounts = || seen.iter().filter_map(|(restarted, _)| restarted.account);
        let handed_over: u64 = accounts().map(|account| account.handed_over).sum();
        let ended: u64 = accounts()
            .map(|account| account.idle_closed + account.forced)
            .sum();
        let failed: u64 = seen.iter().map(|(_, asked)| asked.failed()).sum();
        let lived_on = seen.iter().filter_map(|(restarted, _)| restarted.lived_on);
        let lived_on = Spread::of_times(lived_on);
        let met = lived_on.most() <= self.target.as_secs_f64();
        let met = if met { "met" } else { "**missed**" };
        vec![
            self.connections.to_string(),
            seen.len().to_string(),
            handed_over.to_string(),
            ended.to_string(),
            failed.to_string(),
            lived_on.as_times(),
            format!("{} ms: {met}", self.target.as_millis()),
        ]
    }
}
