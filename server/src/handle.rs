//! The handle on a server: its phase, its counters, and the orders to leave and to force.

use std::sync::Arc;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::counters::{Counters, Counts};
use crate::phase::Phase;
use crate::settings::Settings;

/// A phase and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PhaseAt {
    /// The phase.
    pub phase: Phase,
    /// When it was entered.
    pub since: Instant,
    /// When the order to leave came, if it has.
    pub leaving_since: Option<Instant>,
}

/// What a server has been told to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Order {
    Stay,
    Leave,
    Force,
}

/// What a server, its connections and its handles share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) settings: Settings,
    pub(crate) counters: Arc<Counters>,
    phase: watch::Sender<PhaseAt>,
    order: watch::Sender<Order>,
}

impl Shared {
    pub(crate) fn new(settings: Settings) -> Self {
        let starting = PhaseAt {
            phase: Phase::Starting,
            since: Instant::now(),
            leaving_since: None,
        };
        Self {
            settings,
            counters: Arc::default(),
            phase: watch::Sender::new(starting),
            order: watch::Sender::new(Order::Stay),
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

    fn order(&self, wanted: Order) {
        self.order.send_if_modified(|order| {
            let rises = wanted > *order;
            *order = wanted.max(*order);
            rises
        });
    }
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
        if *self.0.order.borrow() == Order::Stay {
            self.leave();
        } else {
            self.force();
        }
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
