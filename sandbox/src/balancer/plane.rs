//! The data plane's view of the target set: a change takes effect some time after it was made.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use tokio::sync::watch;

use super::backend::{Backend, Backends};
use super::rotation::eligible;
use super::settings::Settings;
use super::target_set::{TargetSet, TargetState};

/// Where the next request goes.
#[derive(Debug, Default)]
pub(super) struct Plane {
    rotation: RwLock<Arc<Rotation>>,
    turn: AtomicUsize,
}

#[derive(Debug, Default)]
struct Rotation {
    backends: Vec<Arc<Backend>>,
    fail_open: bool,
}

/// The backend whose turn it is.
#[derive(Debug)]
pub(super) struct Turn {
    pub(super) backend: Arc<Backend>,
    pub(super) fail_open: bool,
}

impl Plane {
    /// The next backend, round robin; `None` when none is registered.
    pub(super) fn next(&self) -> Option<Turn> {
        let rotation = Arc::clone(&self.rotation.read().unwrap_or_else(PoisonError::into_inner));
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let index = turn.checked_rem(rotation.backends.len())?;
        Some(Turn {
            backend: Arc::clone(&rotation.backends[index]),
            fail_open: rotation.fail_open,
        })
    }

    fn install(&self, set: &TargetSet, backends: &[Arc<Backend>]) {
        let states: Vec<TargetState> = set.targets.iter().map(|target| target.state).collect();
        let chosen = eligible(&states);
        let rotation = Rotation {
            backends: chosen
                .indexes
                .iter()
                .map(|index| Arc::clone(&backends[*index]))
                .collect(),
            fail_open: chosen.fail_open,
        };
        *self
            .rotation
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Arc::new(rotation);
    }
}

/// Applies each change of the set once it has propagated; the set found at the start counts at once. Never returns.
pub(super) async fn follow(
    plane: Arc<Plane>,
    mut targets: watch::Receiver<Arc<TargetSet>>,
    settings: Settings,
) {
    let mut backends = Backends::new(settings.idle_timeout);
    let mut pending = Pending::default();
    pending.push(Instant::now(), targets.borrow_and_update().clone());
    let mut open = true;
    loop {
        let now = Instant::now();
        while let Some(set) = pending.pop_due(now) {
            let adopted = backends.adopt(&set);
            plane.install(&set, &adopted);
        }
        backends.cut_due(now);
        let wake = pending
            .next_due()
            .into_iter()
            .chain(backends.next_cut())
            .min();
        tokio::select! {
            changed = targets.changed(), if open => match changed {
                Ok(()) => {
                    let set = targets.borrow_and_update().clone();
                    pending.push(Instant::now() + settings.propagation, set);
                }
                Err(_closed) => open = false,
            },
            () = sleep_until(wake) => {}
        }
    }
}

/// Changes on their way, in order.
#[derive(Debug, Default)]
struct Pending(VecDeque<(Instant, Arc<TargetSet>)>);

impl Pending {
    fn push(&mut self, due: Instant, set: Arc<TargetSet>) {
        self.0.push_back((due, set));
    }

    fn next_due(&self) -> Option<Instant> {
        self.0.front().map(|(due, _)| *due)
    }

    fn pop_due(&mut self, now: Instant) -> Option<Arc<TargetSet>> {
        self.next_due().filter(|due| *due <= now)?;
        self.0.pop_front().map(|(_, set)| set)
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
        let set = Arc::new(TargetSet {
            targets: Vec::new(),
            health_check: crate::balancer::HealthCheck {
                path: "/".to_owned(),
                interval: Duration::from_secs(1),
                timeout: Duration::from_secs(1),
            },
        });
        let start = Instant::now();
        let mut pending = Pending::default();
        pending.push(start + Duration::from_secs(1), Arc::clone(&set));
        pending.push(start + Duration::from_secs(2), set);
        assert!(pending.pop_due(start).is_none());
        assert!(pending.pop_due(start + Duration::from_secs(1)).is_some());
        assert!(pending.pop_due(start + Duration::from_secs(1)).is_none());
        assert_eq!(pending.next_due(), Some(start + Duration::from_secs(2)));
    }
}
