//! One target as the data plane holds it: its connections and the signal that cuts what is in flight.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::pool::Pool;
use super::target_set::{Target, TargetSet, TargetState};

/// A target that can be sent requests.
#[derive(Debug)]
pub(super) struct Backend {
    pub(super) address: SocketAddr,
    pub(super) pool: Arc<Pool>,
    /// Cancelled at the end of the deregistration delay, or when the target leaves its group.
    pub(super) cut: CancellationToken,
    outstanding: AtomicUsize,
}

/// A backend for as long as one request is in progress on it.
#[derive(Debug)]
pub(super) struct Lease(Arc<Backend>);

/// Every backend the data plane knows, across changes of the routes.
#[derive(Debug, Default)]
pub(super) struct Backends {
    known: HashMap<Key, Entry>,
    sweepers: JoinSet<()>,
}

/// A target group's name, a target's id, its address.
type Key = (String, String, SocketAddr);

#[derive(Debug)]
struct Entry {
    backend: Arc<Backend>,
    cut_at: Option<Instant>,
}

impl Backends {
    /// Brings the backends in line with the target groups and returns them in the order of each.
    pub(super) fn adopt(
        &mut self,
        groups: &BTreeMap<String, TargetSet>,
    ) -> BTreeMap<String, Vec<Arc<Backend>>> {
        self.drop_absent(groups);
        let adopt = |(name, set): (&String, &TargetSet)| {
            let targets = set.targets.iter();
            let backends = targets.map(|target| self.entry(name, target)).collect();
            (name.clone(), backends)
        };
        groups.iter().map(adopt).collect()
    }

    /// The next end of a deregistration delay.
    pub(super) fn next_cut(&self) -> Option<Instant> {
        self.known.values().filter_map(|entry| entry.cut_at).min()
    }

    /// Cuts whatever is in flight to targets whose deregistration delay is over.
    pub(super) fn cut_due(&mut self, now: Instant) {
        for entry in self.known.values_mut() {
            if entry.cut_at.is_some_and(|at| at <= now) {
                entry.cut_at = None;
                entry.backend.cut.cancel();
            }
        }
        while self.sweepers.try_join_next().is_some() {}
    }

    /// A target that is gone from its group is cut. Of a group that no rule names any more, what is in flight may finish.
    fn drop_absent(&mut self, groups: &BTreeMap<String, TargetSet>) {
        self.known.retain(|(group, id, address), entry| {
            let Some(set) = groups.get(group) else {
                entry.backend.pool.retire();
                return false;
            };
            let same = |target: &Target| target.id == *id && target.address == *address;
            let present = set.targets.iter().any(same);
            if !present {
                entry.backend.leave();
            }
            present
        });
    }

    fn entry(&mut self, group: &str, target: &Target) -> Arc<Backend> {
        let cut_at = match target.state {
            TargetState::Draining { until } => Some(until),
            TargetState::Initial | TargetState::Healthy | TargetState::Unhealthy => None,
        };
        let key = (group.to_owned(), target.id.clone(), target.address);
        if let Some(entry) = self.known.get_mut(&key) {
            let spent = entry.backend.cut.is_cancelled();
            if !spent {
                entry.cut_at = cut_at;
            }
            if !spent || cut_at.is_some() {
                return Arc::clone(&entry.backend);
            }
            // Registered again after its delay had ended: it begins anew.
            entry.backend.leave();
        }
        self.insert(key, cut_at)
    }

    fn insert(&mut self, key: Key, cut_at: Option<Instant>) -> Arc<Backend> {
        let backend = Arc::new(Backend::new(key.2));
        self.sweepers.spawn(Arc::clone(&backend.pool).sweep());
        let entry = Entry {
            backend: Arc::clone(&backend),
            cut_at,
        };
        self.known.insert(key, entry);
        backend
    }
}

impl Backend {
    pub(super) fn new(address: SocketAddr) -> Self {
        Self {
            address,
            pool: Arc::default(),
            cut: CancellationToken::new(),
            outstanding: AtomicUsize::new(0),
        }
    }

    /// Requests in progress.
    pub(super) fn outstanding(&self) -> usize {
        self.outstanding.load(Ordering::Relaxed)
    }

    fn leave(&self) {
        self.cut.cancel();
        self.pool.retire();
    }
}

impl Lease {
    pub(super) fn of(backend: &Arc<Backend>) -> Self {
        backend.outstanding.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(backend))
    }
}

impl Deref for Lease {
    type Target = Backend;

    fn deref(&self) -> &Backend {
        &self.0
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.0.outstanding.fetch_sub(1, Ordering::Relaxed);
    }
}
