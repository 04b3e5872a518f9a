//! What instances went through lately: the states that they have entered, as far back as the page shows.

use crate::world::{Change, ChangeKind, InstanceId};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::collections::BTreeMap;

/// How far back lifelines are shown: a deploy in profile `fast` and what led to it.
pub(super) const WINDOW: SignedDuration = SignedDuration::from_mins(3);

/// A state that was entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entered {
    /// When.
    pub at: Timestamp,
    /// `lifecycle` or `target`.
    pub track: &'static str,
    /// AWS's name of the state.
    pub state: &'static str,
}

/// Every instance's states in the window, oldest first; the first of each track is the one that the window begins with, and
/// may be older.
pub(super) fn lifelines(changes: &[Change], now: Timestamp) -> BTreeMap<&InstanceId, Vec<Entered>> {
    let mut lines: BTreeMap<_, Vec<Entered>> = BTreeMap::new();
    for change in changes {
        let entered = entered(change);
        let line = lines.entry(&change.instance).or_default();
        if now.duration_since(change.at) > WINDOW {
            // Over before the window began.
            line.retain(|earlier| earlier.track != entered.track);
        }
        line.push(entered);
    }
    lines
}

fn entered(change: &Change) -> Entered {
    let (track, state) = match change.kind {
        ChangeKind::Lifecycle(state) => ("lifecycle", state.name()),
        ChangeKind::Target(state) => ("target", state.name()),
    };
    Entered {
        at: change.at,
        track,
        state,
    }
}
