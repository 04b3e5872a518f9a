//! A running balancer with its set of targets in the test's hand.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use sandbox::balancer::{
    self, Balancer, Cause, Counters, HealthCheck, ProbeOutcome, ProbeSink, Routes, Tally, Target,
    TargetSet, TargetState,
};
use sandbox::routing::{Algorithm, Attributes, MinimumHealthy};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::client::{Client, Seen};

const HOUR: Duration = Duration::from_hours(1);
/// Long past anything a loaded machine takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// The target group of stories that have only one.
pub(crate) const GROUP: &str = "blue";

/// All timings of a balancer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) idle_timeout: Duration,
    pub(crate) client_keep_alive: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) propagation: Duration,
}

/// Timings that never run out by themselves and changes that count at once.
pub(crate) fn calm() -> Settings {
    Settings {
        idle_timeout: HOUR,
        client_keep_alive: HOUR,
        connect_timeout: HOUR,
        propagation: Duration::ZERO,
    }
}

impl Settings {
    fn attributes(self) -> Attributes {
        Attributes {
            idle_timeout: self.idle_timeout,
            client_keep_alive: self.client_keep_alive,
            ..Attributes::default()
        }
    }
}

/// A set of targets that round robin goes through.
pub(crate) fn set_of(targets: Vec<Target>, health_check: HealthCheck) -> TargetSet {
    TargetSet {
        targets,
        health_check,
        algorithm: Algorithm::RoundRobin,
        minimum_healthy: MinimumHealthy::default(),
    }
}

pub(crate) struct Stage {
    pub(crate) address: SocketAddr,
    pub(crate) probes: Arc<Probes>,
    counters: Arc<Counters>,
    routes: watch::Sender<Arc<Routes>>,
    serving: JoinHandle<()>,
}

impl Stage {
    pub(crate) async fn new(settings: Settings, targets: Vec<Target>) -> Self {
        Self::probing(settings, check(HOUR, PATIENCE), targets).await
    }

    pub(crate) async fn probing(
        settings: Settings,
        health_check: HealthCheck,
        targets: Vec<Target>,
    ) -> Self {
        let set = set_of(targets, health_check);
        Self::routing(settings, Routes::to(GROUP, set, settings.attributes())).await
    }

    /// Several target groups, as the routes say; the attributes are those of the settings.
    pub(crate) async fn groups(settings: Settings, mut routes: Routes) -> Self {
        routes.attributes = settings.attributes();
        Self::routing(settings, routes).await
    }

    async fn routing(settings: Settings, routes: Routes) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (routes, watched) = watch::channel(Arc::new(routes));
        let balancer = Balancer::new(balancer::Settings {
            connect_timeout: settings.connect_timeout,
            propagation: settings.propagation,
        });
        let counters = balancer.counters();
        let probes = Arc::new(Probes::default());
        let sink: Arc<dyn ProbeSink> = Arc::clone(&probes) as _;
        let serving = tokio::spawn(balancer.serve(listener, watched, sink));
        let stage = Self {
            address,
            probes,
            counters,
            routes,
            serving,
        };
        // The first routes count at once, but "at once" is when the balancer first runs.
        let first = stage.routes.borrow().clone();
        for set in first.groups.values() {
            stage.probes.seen_all(set).await;
        }
        stage
    }

    /// The stage of most stories: one healthy target, calm timings.
    pub(crate) async fn with(address: SocketAddr) -> Self {
        Self::new(calm(), vec![target("i-1", address, TargetState::Healthy)]).await
    }

    pub(crate) async fn client(&self) -> Client {
        Client::connect(self.address).await
    }

    /// One whose own kernel holds little back.
    pub(crate) async fn slow_client(&self) -> Client {
        Client::connect_slow(self.address).await
    }

    /// One GET on a connection of its own.
    pub(crate) async fn get(&self, path: &str) -> Seen {
        self.client().await.get(path).await
    }

    /// Changes the set of targets.
    pub(crate) fn set(&self, targets: Vec<Target>) {
        self.change(|routes| {
            if let Some(set) = routes.groups.get_mut(GROUP) {
                set.targets = targets;
            }
        });
    }

    /// Changes the routes.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Routes)) {
        self.routes
            .send_modify(|routes| change(Arc::make_mut(routes)));
    }

    pub(crate) fn tally(&self) -> Tally {
        self.counters.tally()
    }

    /// Asserts that this is the only thing that has gone wrong, once.
    pub(crate) fn failed_only_for(&self, cause: Cause) {
        let failures = self.tally().failures;
        assert_eq!(failures, [(cause.name().to_owned(), 1)].into());
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

pub(crate) fn check(interval: Duration, timeout: Duration) -> HealthCheck {
    HealthCheck {
        path: "/healthz".to_owned(),
        interval,
        timeout,
    }
}

pub(crate) fn target(id: &str, address: SocketAddr, state: TargetState) -> Target {
    Target {
        id: id.to_owned(),
        address,
        state,
        slow_start: None,
    }
}

pub(crate) fn draining(id: &str, address: SocketAddr, delay: Duration) -> Target {
    let until = Instant::now() + delay;
    target(id, address, TargetState::Draining { until })
}

/// Waits until it holds.
pub(crate) async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "never happened: {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Every probe's outcome, in order.
#[derive(Default)]
pub(crate) struct Probes(Mutex<Vec<(String, ProbeOutcome)>>);

impl ProbeSink for Probes {
    fn probed(&self, _target_group: &str, target_id: &str, outcome: ProbeOutcome) {
        self.0
            .lock()
            .expect("whole")
            .push((target_id.to_owned(), outcome));
    }
}

impl Probes {
    pub(crate) fn of(&self, id: &str) -> Vec<ProbeOutcome> {
        let seen = self.0.lock().expect("whole");
        seen.iter()
            .filter(|(target, _)| target == id)
            .map(|(_, outcome)| *outcome)
            .collect()
    }

    async fn seen_all(&self, set: &TargetSet) {
        let draining = |state| matches!(state, TargetState::Draining { .. });
        for target in set.targets.iter().filter(|target| !draining(target.state)) {
            eventually("the first probe", || !self.of(&target.id).is_empty()).await;
        }
    }
}
