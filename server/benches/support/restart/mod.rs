//! Failed requests per restart: each subject under the same load, restarted again and again.

mod rows;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use tokio::runtime::{Builder, Handle};
use tokio::time::{sleep, timeout};

use super::cli::chosen;
use super::load::{Load, Protocol};
use super::peers::{Restarted, Subject};
use super::process::{Account, PATIENCE};
use super::report::say;
use rows::{Measured, Outcome, Row};

/// Answers after which every client has connected.
const WARM: u64 = 2_000;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many times baton-server is restarted, per protocol. Below 300, no failure proves little:
    /// the 95 % upper bound is 3 divided by this.
    #[arg(long, default_value_t = 300)]
    restarts: u32,
    /// How many times each of the others is restarted.
    #[arg(long, default_value_t = 30)]
    peer_restarts: u32,
    /// Only this subject; may be repeated.
    #[arg(long, value_name = "NAME")]
    only: Vec<Subject>,
    /// Only this protocol; may be repeated.
    #[arg(long, value_name = "NAME")]
    protocol: Vec<Protocol>,
    /// Pause after the old process has gone.
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration, default_value = "500ms")]
    pace: Duration,
    /// Put the table into server/BENCH.md.
    #[arg(long)]
    write: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    // Two runtimes: the one that times a restart does not wait behind the load.
    let load = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let control = Builder::new_current_thread().enable_all().build()?;
    let rows = control.block_on(measure_all(args, load.handle()));
    load.shutdown_background();
    rows::publish(&rows, args.write)?;
    let troubles: Vec<String> = rows.iter().filter_map(Row::trouble).collect();
    for trouble in &troubles {
        say(&format!("error: {trouble}"));
    }
    Ok(if troubles.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn measure_all(args: &Args, load: &Handle) -> Vec<Row> {
    let mut rows = Vec::new();
    for protocol in chosen(&args.protocol) {
        for subject in chosen(&args.only) {
            rows.push(row(args, load, subject, protocol).await);
        }
    }
    rows
}

/// One that cannot be measured does not cost the figures of the others.
async fn row(args: &Args, load: &Handle, subject: Subject, protocol: Protocol) -> Row {
    let (title, outcome) = match subject.title() {
        Err(missing) => {
            say(&missing.to_string());
            (missing.to_string(), Outcome::Skipped)
        }
        Ok(title) => match measure(args, load, subject, protocol).await {
            Ok(measured) => (title, Outcome::Measured(measured)),
            Err(error) => (title, Outcome::Broken(format!("{error:#}"))),
        },
    };
    Row {
        subject,
        protocol,
        title,
        outcome,
    }
}

async fn measure(
    args: &Args,
    load: &Handle,
    subject: Subject,
    protocol: Protocol,
) -> anyhow::Result<Measured> {
    let restarts = match subject {
        Subject::Baton => args.restarts,
        _ => args.peer_restarts,
    };
    let mut peer = subject.start(protocol).await?;
    let load = Load::start(load, protocol, peer.target());
    warm_up(&load).await?;
    let mut seen = Vec::new();
    let mut failed = 0;
    for done in 1..=restarts {
        sleep(args.pace).await;
        seen.push(peer.restart().await?);
        let tally = load.so_far();
        // Every loss of baton-server's is worth knowing the time of.
        let news = subject == Subject::Baton && tally.failed() > failed;
        failed = tally.failed();
        if news || done % 10 == 0 || done == restarts {
            progress(subject, protocol, done, restarts, &load);
        }
    }
    // The last restart has its aftermath too.
    sleep(args.pace).await;
    let longest_stall = load.longest_stall();
    let requests = load.stop().await;
    peer.stop().await?;
    Ok(Measured {
        restarts,
        requests,
        longest_stall,
        lived_on: seen.iter().filter_map(|seen| seen.lived_on).collect(),
        account: total(&seen),
    })
}

/// The first answers, and none but answers: a server that fails before its first restart is not
/// what is measured.
async fn warm_up(load: &Load) -> anyhow::Result<()> {
    let warm = async {
        while load.so_far().ok < WARM {
            sleep(Duration::from_millis(20)).await;
        }
    };
    let warm = timeout(PATIENCE, warm).await;
    let tally = load.so_far();
    let what = || {
        format!(
            "before any restart: {} answers, {}",
            tally.ok,
            tally.what_failed()
        )
    };
    warm.with_context(what)?;
    anyhow::ensure!(tally.failed() == 0, what());
    Ok(())
}

fn progress(subject: Subject, protocol: Protocol, done: u32, all: u32, load: &Load) {
    let tally = load.so_far();
    say(&format!(
        "{} {protocol}: {done}/{all} restarts, {} answered, failed: {}, longest stall of the load {:?}",
        subject.name(),
        tally.ok,
        tally.what_failed(),
        load.longest_stall()
    ));
}

fn total(seen: &[Restarted]) -> Account {
    let mut total = Account::default();
    for account in seen.iter().filter_map(|seen| seen.account) {
        total.add(account);
    }
    total
}
