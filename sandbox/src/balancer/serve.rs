//! The balancer as a whole: accepts clients, follows the routes, probes. All of it ends when its future is dropped.

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
use super::routes::Routes;
use super::settings::Settings;

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

    /// A balancer with these timings that counts into the account of others.
    pub fn counting_into(settings: Settings, counters: Arc<Counters>) -> Self {
        Self { settings, counters }
    }

    /// The running counts, readable at any time, also after the balancer has ended.
    pub fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.counters)
    }

    /// Serves until dropped. The routes found at the start take effect at once, later ones after the propagation time; new
    /// targets are probed at once.
    pub async fn serve(
        self,
        listener: TcpListener,
        routes: watch::Receiver<Arc<Routes>>,
        probes: Arc<dyn ProbeSink>,
    ) {
        let plane = Arc::new(Plane::default());
        let counters = Arc::clone(&self.counters);
        let forwarder = Arc::new(Forwarder {
            plane: Arc::clone(&plane),
            counters: self.counters,
            settings: self.settings,
            listener: listener
                .local_addr()
                .unwrap_or(SocketAddr::from(([127, 0, 0, 1], 80))),
        });
        tokio::join!(
            follow(plane, routes.clone(), self.settings, &counters),
            probe_all(routes, probes),
            accept(listener, forwarder),
        );
    }
}

/// [`Balancer::serve`] for those who do not read the counters.
pub async fn serve(
    listener: TcpListener,
    routes: watch::Receiver<Arc<Routes>>,
    probes: Arc<dyn ProbeSink>,
    settings: Settings,
) {
    Balancer::new(settings)
        .serve(listener, routes, probes)
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
