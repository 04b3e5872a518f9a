//! The load generators, wrk for HTTP/1.1 and h2load for HTTP/2, and what they print.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context, bail, ensure};
use tokio::process::Command;

use crate::support::load::Protocol;
use crate::support::tool::{self, Missing, Tool};

/// What one run of a load generator saw.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    pub(super) requests: f64,
    pub(super) per_second: f64,
}

pub(super) fn find(protocol: Protocol) -> Result<Tool, Missing> {
    tool::find(match protocol {
        Protocol::H1 => "wrk",
        Protocol::H2c => "h2load",
    })
}

/// One thread, and as many requests at a time over either protocol.
pub(super) fn arguments(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::H1 => "-t1 -c64",
        Protocol::H2c => "-t1 -c8 -m8",
    }
}

pub(super) async fn run(
    protocol: Protocol,
    program: &Path,
    address: SocketAddr,
    seconds: u32,
) -> anyhow::Result<Run> {
    let time = match protocol {
        Protocol::H1 => format!("-d{seconds}s"),
        Protocol::H2c => format!("-D{seconds}"),
    };
    let output = Command::new(program)
        .args(arguments(protocol).split(' '))
        .arg(time)
        .arg(format!("http://{address}/"))
        .output()
        .await
        .context("failed to run the load generator")?;
    let said = String::from_utf8_lossy(&output.stdout);
    let run = match protocol {
        Protocol::H1 => of_wrk(&said),
        Protocol::H2c => of_h2load(&said),
    };
    let run = run.with_context(|| format!("the load generator said:\n{said}"))?;
    ensure!(run.requests > 0.0, "no request was answered:\n{said}");
    Ok(run)
}

fn of_wrk(said: &str) -> anyhow::Result<Run> {
    let troubles = ["Socket errors:", "Non-2xx or 3xx responses:"];
    if troubles.iter().any(|trouble| said.contains(trouble)) {
        bail!("not every request was answered");
    }
    Ok(Run {
        requests: number_before(said, " requests in ")?,
        per_second: number_after(said, "Requests/sec:")?,
    })
}

fn of_h2load(said: &str) -> anyhow::Result<Run> {
    for trouble in [" failed,", " errored,", " timeout"] {
        ensure!(
            number_before(said, trouble)? == 0.0,
            "{trouble} in its summary"
        );
    }
    Ok(Run {
        requests: number_before(said, " succeeded,")?,
        per_second: number_before(said, " req/s,")?,
    })
}

fn number_before(said: &str, mark: &str) -> anyhow::Result<f64> {
    let before = said.split_once(mark).map(|(before, _)| before);
    let word = before.and_then(|before| before.split_whitespace().next_back());
    number(word, mark)
}

fn number_after(said: &str, mark: &str) -> anyhow::Result<f64> {
    let after = said.split_once(mark).map(|(_, after)| after);
    let word = after.and_then(|after| after.split_whitespace().next());
    number(word, mark)
}

fn number(word: Option<&str>, mark: &str) -> anyhow::Result<f64> {
    let word = word.with_context(|| format!("no number beside {mark:?}"))?;
    word.parse()
        .with_context(|| format!("{word:?} is no number"))
}
