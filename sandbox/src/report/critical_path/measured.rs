//! How long the release itself took in a rehearsal, from the states that its instances went through.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Outside;
use crate::report::facts::{Change, Member, Track};

/// The instants at which one instance entered its states; the first of each.
type Life<'a> = BTreeMap<(Track, &'a str), f64>;

/// The medians over all instances: one that was slow is overhead, not the rule. `None` if nobody was launched or nobody left.
pub(in crate::report) fn outside(
    members: &[Member],
    changes: &[Change],
    new_version: &str,
    pending: Duration,
) -> Option<Outside> {
    let (new, old): (Vec<&Member>, Vec<&Member>) =
        members.iter().partition(|m| m.version == new_version);
    let new: Vec<Life<'_>> = new.iter().map(|m| life(changes, &m.id)).collect();
    let old: Vec<Life<'_>> = old.iter().map(|m| life(changes, &m.id)).collect();
    let started = median(&new, "Pending", &["Pending:Wait", "Pending:Proceed"])?;
    Some(Outside {
        boot: started.saturating_sub(pending),
        launch_hook: median(&new, "Pending:Wait", &["Pending:Proceed"]).unwrap_or_default(),
        healthy: healthy(&new),
        terminate_hook: median(&old, "Terminating:Wait", &["Terminating:Proceed"])
            .unwrap_or_default(),
        shutdown: median(&old, "Terminating:Proceed", &["Terminated"])?,
    })
}

fn life<'a>(changes: &'a [Change], instance: &str) -> Life<'a> {
    let mut life = Life::new();
    for change in changes.iter().filter(|c| c.instance == instance) {
        let at = life.entry((change.track, change.state.as_str()));
        at.and_modify(|at| *at = at.min(change.at))
            .or_insert(change.at);
    }
    life
}

/// From the one state to the first of the others that there is.
fn median(lives: &[Life<'_>], from: &str, to: &[&str]) -> Option<Duration> {
    let took = lives.iter().filter_map(|life| {
        let from = life.get(&(Track::Lifecycle, from))?;
        let to = to
            .iter()
            .find_map(|to| life.get(&(Track::Lifecycle, *to)))?;
        Some(to - from)
    });
    middle(took.collect())
}

fn healthy(lives: &[Life<'_>]) -> Duration {
    let took = lives.iter().filter_map(|life| {
        let from = life.get(&(Track::Lifecycle, "InService"))?;
        Some((life.get(&(Track::Target, "healthy"))? - from).max(0.0))
    });
    middle(took.collect()).unwrap_or_default()
}

fn middle(mut seconds: Vec<f64>) -> Option<Duration> {
    seconds.sort_by(f64::total_cmp);
    let middle = seconds.get(seconds.len() / 2)?;
    Duration::try_from_secs_f64(*middle).ok()
}
