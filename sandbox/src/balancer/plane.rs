//! The data plane's view of the routes: a change takes effect some time after it was made.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use tokio::sync::watch;

use super::backend::Backends;
use super::counters::Counters;
use super::lane::{Lane, Round, Turn};
use super::routes::Routes;
use super::settings::Settings;
use super::share::choose;
use crate::routing::{Action, Asked, Attributes, Rule, Share};

/// Where the next request goes.
#[derive(Debug, Default)]
pub(super) struct Plane {
    table: RwLock<Arc<Table>>,
    turn: AtomicU64,
}

/// The routes that are in force.
#[derive(Debug, Default)]
pub(super) struct Table {
    rules: Vec<Rule>,
    lanes: BTreeMap<String, Lane>,
    pub(super) attributes: Attributes,
}

impl Plane {
    /// The routes of this moment; a request keeps to them.
    pub(super) fn table(&self) -> Arc<Table> {
        Arc::clone(&self.table.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The target for a request that these target groups share, and its group. The group is chosen by weight alone: nobody makes up for one
    /// that has no target (`None`).
    pub(super) fn next<'a>(&self, table: &Table, shares: &'a [Share]) -> Option<(&'a str, Turn)> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let share = &shares[choose(shares, turn)?];
        let turn = table.lanes.get(&share.target_group)?.next(Instant::now())?;
        Some((&share.target_group, turn))
    }

    fn install(&self, table: Table) {
        let mut current = self.table.write().unwrap_or_else(PoisonError::into_inner);
        *current = Arc::new(table);
    }
}

impl Table {
    /// The target groups that have a healthy target.
    fn healthy(&self) -> impl Iterator<Item = &str> {
        let lanes = self.lanes.iter().filter(|(_, lane)| lane.is_healthy());
        lanes.map(|(group, _)| group.as_str())
    }

    /// What is to be done with a request; `None` before the first routes are known.
    pub(super) fn action(&self, asked: &Asked<'_>) -> Option<&Action> {
        let mut rules = self.rules.iter();
        rules.find(|rule| rule.matches(asked)).map(|r| &r.action)
    }
}

/// What is kept from one table to the next.
#[derive(Debug, Default)]
struct Loom {
    backends: Backends,
    rounds: BTreeMap<String, Arc<Round>>,
}

impl Loom {
    fn table(&mut self, routes: &Routes) -> Table {
        let mut adopted = self.backends.adopt(&routes.groups);
        self.rounds
            .retain(|name, _| routes.groups.contains_key(name));
        let lanes = routes.groups.iter().map(|(name, set)| {
            let round = Arc::clone(self.rounds.entry(name.clone()).or_default());
            let backends = adopted.remove(name).unwrap_or_default();
            (name.clone(), Lane::new(set, &backends, round))
        });
        Table {
            rules: routes.rules.clone(),
            lanes: lanes.collect(),
            attributes: routes.attributes,
        }
    }
}

/// Applies each change of the routes once it has propagated; those found at the start count at once. Never returns.
pub(super) async fn follow(
    plane: Arc<Plane>,
    mut routes: watch::Receiver<Arc<Routes>>,
    settings: Settings,
    counters: &Counters,
) {
    let mut loom = Loom::default();
    let mut pending = Pending::default();
    pending.push(Instant::now(), routes.borrow_and_update().clone());
    let mut open = true;
    loop {
        let now = Instant::now();
        while let Some(routes) = pending.pop_due(now) {
            plane.install(loom.table(&routes));
            counters.note_reached(plane.table().healthy());
        }
        loom.backends.cut_due(now);
        let cut = loom.backends.next_cut();
        let wake = pending.next_due().into_iter().chain(cut).min();
        tokio::select! {
            changed = routes.changed(), if open => match changed {
                Ok(()) => {
                    let changed = routes.borrow_and_update().clone();
                    pending.push(Instant::now() + settings.propagation, changed);
                }
                Err(_closed) => open = false,
            },
            () = sleep_until(wake) => {}
        }
    }
}

/// Changes on their way, in order.
#[derive(Debug, Default)]
struct Pending(VecDeque<(Instant, Arc<Routes>)>);

impl Pending {
    fn push(&mut self, due: Instant, routes: Arc<Routes>) {
        self.0.push_back((due, routes));
    }

    fn next_due(&self) -> Option<Instant> {
        self.0.front().map(|(due, _)| *due)
    }

    fn pop_due(&mut self, now: Instant) -> Option<Arc<Routes>> {
        self.next_due().filter(|due| *due <= now)?;
        self.0.pop_front().map(|(_, routes)| routes)
    }
}

async fn sleep_until(wake: Option<Instant>) {
    match wake {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending::<()>().await,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn changes_come_out_in_order_and_only_when_due() {
        let routes = Arc::new(Routes {
            rules: Vec::new(),
            groups: BTreeMap::new(),
            attributes: Attributes::default(),
        });
        let start = Instant::now();
        let mut pending = Pending::default();
        pending.push(start + Duration::from_secs(1), Arc::clone(&routes));
        pending.push(start + Duration::from_secs(2), routes);
        assert!(pending.pop_due(start).is_none());
        assert!(pending.pop_due(start + Duration::from_secs(1)).is_some());
        assert!(pending.pop_due(start + Duration::from_secs(1)).is_none());
        assert_eq!(pending.next_due(), Some(start + Duration::from_secs(2)));
    }
}
