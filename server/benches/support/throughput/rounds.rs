//! Short rounds in turn: what disturbs the machine for a while disturbs every server.

use std::path::Path;

use anyhow::Context;

use super::contestant::{self, Contestant, Who};
use super::generator::{self, Run};
use super::{Args, usage};
use crate::support::load::Protocol;
use crate::support::report::say;

/// What one server did in one round.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    pub(super) per_second: f64,
    /// Processor time of the server, in microseconds.
    pub(super) work_per_request: f64,
}

/// What one server did, round by round.
#[derive(Debug)]
pub(super) struct Score {
    pub(super) who: Who,
    pub(super) title: String,
    pub(super) samples: Vec<Sample>,
}

pub(super) async fn run(
    args: &Args,
    protocol: Protocol,
    generator: &Path,
) -> anyhow::Result<Vec<Score>> {
    let mut contestants = Vec::new();
    for who in contestant::present() {
        contestants.push(Contestant::start(who, protocol).await?);
    }
    let mut scores: Vec<Score> = contestants.iter().map(Score::none).collect();
    // Round zero warms up.
    for round in 0..=args.rounds {
        for place in 0..contestants.len() {
            let turn = (place + round) % contestants.len();
            let sample = sample(protocol, generator, &contestants[turn], args.seconds).await?;
            if round > 0 {
                scores[turn].samples.push(sample);
            }
        }
        say(&format!("{protocol}: {round}/{} rounds", args.rounds));
    }
    for contestant in contestants {
        contestant.stop().await?;
    }
    Ok(scores)
}

async fn sample(
    protocol: Protocol,
    generator: &Path,
    contestant: &Contestant,
    seconds: u32,
) -> anyhow::Result<Sample> {
    let processes = contestant.processes()?;
    let before = usage::processor(&processes)?;
    let run = generator::run(protocol, generator, contestant.address, seconds)
        .await
        .with_context(|| format!("{}, {protocol}", contestant.title))?;
    let Run {
        requests,
        per_second,
    } = run;
    let spent = usage::processor(&processes)? - before;
    Ok(Sample {
        per_second,
        work_per_request: spent * 1e6 / requests,
    })
}

impl Score {
    fn none(contestant: &Contestant) -> Self {
        Self {
            who: contestant.who,
            title: contestant.title.clone(),
            samples: Vec::new(),
        }
    }
}
