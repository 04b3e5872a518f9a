//! The handle on a server: its phase, its counters, and the orders to leave and to force.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::watch;
use tokio::time::Instant;

use crate::counters::{Counters, Counts};
use crate::handoff::Successor;
use crate::phase::Phase;
use crate::settings::Settings;

/// A phase and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PhaseAt {
    /// The phase.
    pub phase: Phase,
    /// When it was entered.
    pub since: Instant,
    /// When leaving began, if it has.
    pub leaving_since: Option<Instant>,
    /// Whether a successor accepts connections in this server's place.
    pub succeeded: bool,
    /// How many connections were open when the phase was entered.
    pub open: usize,
    /// Whether a restart in place is behind it and the next one possible: its predecessor has made
    /// way, and a successor would find it. From phase `Ready` on where there is no handoff.
    pub settled: bool,
}

/// What a server has been told to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Order {
    Stay,
    Leave,
    Deregistered,
    Force,
}

/// What a server, its connections and its handles share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) settings: Settings,
    pub(crate) counters: Arc<Counters>,
    /// The most connections to serve at a time.
    pub(crate) cap: usize,
    phase: watch::Sender<PhaseAt>,
    order: watch::Sender<Order>,
    successor: RwLock<Option<Successor>>,
    took_over: AtomicBool,
    told: AtomicBool,
}

impl Shared {
    pub(crate) fn new(settings: &Settings) -> Self {
        let starting = PhaseAt {
            phase: Phase::Starting,
            since: Instant::now(),
            leaving_since: None,
            succeeded: false,
            open: 0,
            settled: false,
        };
        Self {
            settings: *settings,
            counters: Arc::default(),
            cap: settings
                .max_connections
                .unwrap_or_else(descriptors_for_connections),
            phase: watch::Sender::new(starting),
            order: watch::Sender::new(Order::Stay),
            successor: RwLock::default(),
            took_over: AtomicBool::new(false),
            told: AtomicBool::new(false),
        }
    }

    pub(crate) fn phase(&self) -> PhaseAt {
        *self.phase.borrow()
    }

    pub(crate) fn phases(&self) -> watch::Receiver<PhaseAt> {
        self.phase.subscribe()
    }

    pub(crate) fn enter(&self, phase: PhaseAt) {
        self.phase.send_replace(phase);
    }

    pub(crate) fn orders(&self) -> watch::Receiver<Order> {
        self.order.subscribe()
    }

    /// Who takes idle connections, while there is a successor.
    pub(crate) fn successor(&self) -> Option<Successor> {
        let successor = self.successor.read();
        successor.unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_successor(&self, successor: Option<Successor>) {
        let slot = self.successor.write();
        *slot.unwrap_or_else(PoisonError::into_inner) = successor;
    }

    pub(crate) fn set_took_over(&self) {
        self.took_over.store(true, Relaxed);
    }

    fn order(&self, wanted: Order) {
        self.order.send_if_modified(|order| {
            let rises = wanted > *order;
            *order = wanted.max(*order);
            rises
        });
    }
}

/// As many connections as the process may have descriptors, but for some that it needs itself.
fn descriptors_for_connections() -> usize {
    const SPARE: u64 = 64;
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    limit.map_or(usize::MAX, |limit| {
        let connections = (limit.saturating_sub(SPARE) / 9 * 8).max(1);
        usize::try_from(connections).unwrap_or(usize::MAX)
    })
}

/// A handle on a [`Server`](crate::Server). Cheap to clone; it outlives the server and then shows
/// where it ended.
#[derive(Debug, Clone)]
pub struct Handle(pub(crate) Arc<Shared>);

impl Handle {
    /// The phase now. A health check answers by [`Phase::is_ready`].
    pub fn phase(&self) -> Phase {
        self.0.phase().phase
    }

    /// Follows the phase. A watch: phases that pass faster than the receiver looks are skipped.
    pub fn phases(&self) -> watch::Receiver<PhaseAt> {
        self.0.phases()
    }

    /// Orders the server to leave. Does nothing if it is leaving already.
    pub fn leave(&self) {
        self.0.order(Order::Leave);
    }

    /// Orders the server to cut what is left and go.
    pub fn force(&self) {
        self.0.order(Order::Force);
    }

    /// The first call leaves, each further one forces: what SIGTERM means.
    pub fn leave_or_force(&self) {
        if self.0.told.swap(true, Relaxed) {
            self.force();
        } else {
            self.leave();
        }
    }

    /// Says that the balancer sends nothing here any more: leaves at once, or ends the unready
    /// window early.
    pub fn deregistered(&self) {
        self.0.order(Order::Deregistered);
    }

    /// Returns once the server serves and, with a handoff, once its predecessor has made way and a
    /// successor would find it: the moment to say so. Whether it ever was so: a server that is told
    /// to leave as it starts may not be.
    pub async fn settled(&self) -> bool {
        let mut phases = self.phases();
        let settled = phases.wait_for(|now| now.settled || now.phase == Phase::Exit);
        settled.await.is_ok_and(|now| now.settled)
    }

    /// Whether this server took over from a predecessor.
    pub fn took_over(&self) -> bool {
        self.0.took_over.load(Relaxed)
    }

    /// Reads the counters.
    pub fn counts(&self) -> Counts {
        self.0.counters.read()
    }

    /// The settings that the server goes by.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }
}
