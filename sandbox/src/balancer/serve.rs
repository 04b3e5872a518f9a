//! The balancer as a whole: accepts clients, follows the target set, probes. All of it ends when its future is dropped.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::client::serve_client;
use super::counters::Counters;
use super::forward::Forwarder;
use super::plane::{Plane, follow};
use super::probe::{ProbeSink, probe_all};
use super::settings::Settings;
use super::target_set::TargetSet;

/// When accepting fails (too many open files), trying again at once would only spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A balancer before it serves, so that its counters can be kept at hand.
#[derive(Debug, Default)]
pub struct Balancer {
    settings: Settings,
    counters: Arc<Counters>,
}

impl Balancer {
    /// A balancer with these timings.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            counters: Arc::default(),
        }
    }

    /// The running counts, readable at any time, also after the balancer has ended.
    pub fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.counters)
    }

    /// Serves until dropped. The set in `targets` takes effect at once, later ones after the propagation time; new
    /// targets are probed at once.
    pub async fn serve(
        self,
        listener: TcpListener,
        targets: watch::Receiver<Arc<TargetSet>>,
        probes: Arc<dyn ProbeSink>,
    ) {
        let plane = Arc::new(Plane::default());
        let forwarder = Arc::new(Forwarder {
            plane: Arc::clone(&plane),
            counters: self.counters,
            settings: self.settings,
            listener: listener
                .local_addr()
                .unwrap_or(SocketAddr::from(([127, 0, 0, 1], 80))),
        });
        tokio::join!(
            follow(plane, targets.clone(), self.settings),
            probe_all(targets, probes),
            accept(listener, forwarder),
        );
    }
}

/// [`Balancer::serve`] for those who do not read the counters.
pub async fn serve(
    listener: TcpListener,
    targets: watch::Receiver<Arc<TargetSet>>,
    probes: Arc<dyn ProbeSink>,
    settings: Settings,
) {
    Balancer::new(settings)
        .serve(listener, targets, probes)
        .await;
}

async fn accept(listener: TcpListener, forwarder: Arc<Forwarder>) {
    let mut clients = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((stream, address)) => {
                clients.spawn(serve_client(stream, address, Arc::clone(&forwarder)));
            }
            Err(error) => {
                tracing::warn!(%error, "the balancer failed to accept a client");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
        while clients.try_join_next().is_some() {}
    }
}
