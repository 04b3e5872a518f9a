//! Memory per idle connection: what many of them add to a server that has answered before.

use super::Args;
use super::contestant::{self, Contestant, Who};
use super::usage::{self, MemoryUse};
use crate::support::idle::Idle;
use crate::support::load::Protocol;
use crate::support::report::say;

/// Connections that come and go before the first reading, so that it finds what a server sets up
/// once set up.
const WARM: usize = 100;

#[derive(Debug)]
pub(super) struct Memory {
    pub(super) who: Who,
    pub(super) title: String,
    /// KiB that each connection adds.
    pub(super) each: MemoryUse,
    /// KiB with all of them.
    pub(super) all: MemoryUse,
}

pub(super) async fn run(args: &Args) -> anyhow::Result<Vec<Memory>> {
    let mut measured = Vec::new();
    for who in contestant::present() {
        measured.push(measure(who, args.idle).await?);
    }
    Ok(measured)
}

async fn measure(who: Who, number: u32) -> anyhow::Result<Memory> {
    let contestant = Contestant::start(who, Protocol::H1).await?;
    drop(Idle::open(contestant.address, "/", WARM).await?);
    let processes = contestant.processes()?;
    let before = usage::memory(&processes)?;
    let idle = Idle::open(contestant.address, "/", usize::try_from(number)?).await?;
    let all = usage::memory(&processes)?;
    drop(idle);
    let title = contestant.title.clone();
    contestant.stop().await?;
    let each = MemoryUse {
        pss: (all.pss - before.pss) / f64::from(number),
        rss: (all.rss - before.rss) / f64::from(number),
    };
    say(&format!("{title}: {:.1} KiB per idle connection", each.pss));
    Ok(Memory {
        who,
        title,
        each,
        all,
    })
}
