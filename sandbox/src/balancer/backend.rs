//! One target as the data plane holds it: its connections and the signal that cuts what is in flight.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::pool::Pool;
use super::target_set::{Target, TargetSet, TargetState};

/// A target that can be sent requests.
#[derive(Debug)]
pub(super) struct Backend {
    pub(super) address: SocketAddr,
    pub(super) pool: Arc<Pool>,
    /// Cancelled at the end of the deregistration delay, or when the target leaves the set.
    pub(super) cut: CancellationToken,
}

/// Every backend the data plane knows, across changes of the set.
#[derive(Debug)]
pub(super) struct Backends {
    idle_timeout: Duration,
    known: HashMap<Key, Entry>,
    sweepers: JoinSet<()>,
}

type Key = (String, SocketAddr);

#[derive(Debug)]
struct Entry {
    backend: Arc<Backend>,
    cut_at: Option<Instant>,
}

impl Backends {
    pub(super) fn new(idle_timeout: Duration) -> Self {
        Self {
            idle_timeout,
            known: HashMap::new(),
            sweepers: JoinSet::new(),
        }
    }

    /// Brings the backends in line with the set and returns them in its order.
    pub(super) fn adopt(&mut self, set: &TargetSet) -> Vec<Arc<Backend>> {
        self.drop_absent(set);
        set.targets
            .iter()
            .map(|target| self.entry(target))
            .collect()
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

    fn drop_absent(&mut self, set: &TargetSet) {
        self.known.retain(|(id, address), entry| {
            let present = set
                .targets
                .iter()
                .any(|target| target.id == *id && target.address == *address);
            if !present {
                entry.backend.leave();
            }
            present
        });
    }

    fn entry(&mut self, target: &Target) -> Arc<Backend> {
        let cut_at = match target.state {
            TargetState::Draining { until } => Some(until),
            TargetState::Initial | TargetState::Healthy | TargetState::Unhealthy => None,
        };
        let key = (target.id.clone(), target.address);
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
        let backend = Arc::new(Backend {
            address: key.1,
            pool: Arc::new(Pool::new(self.idle_timeout)),
            cut: CancellationToken::new(),
        });
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
    fn leave(&self) {
        self.cut.cancel();
        self.pool.retire();
    }
}
