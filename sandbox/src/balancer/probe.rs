//! The health prober: asks, and tells the outcome. What the outcome means is judged by whoever set the thresholds.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, header};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use super::routes::Routes;
use super::target_set::{HealthCheck, Target, TargetSet, TargetState};

/// A zero interval is no interval; AWS's own minimum is 5 s.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(1);

/// What one probe found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProbeOutcome {
    /// A complete response with this status.
    Status(u16),
    /// No complete response in time (`Target.Timeout`).
    Timeout,
    /// Refused, reset or not HTTP (`Target.FailedHealthChecks`).
    Failed,
}

/// Who wants to know.
pub trait ProbeSink: Send + Sync + 'static {
    /// Called after each probe of a target in a target group. Must not block.
    fn probed(&self, target_group: &str, target_id: &str, outcome: ProbeOutcome);
}

/// Probes every registered target that is not draining, from the moment it is in the routes. Never returns.
pub(super) async fn probe_all(mut routes: watch::Receiver<Arc<Routes>>, sink: Arc<dyn ProbeSink>) {
    let mut probers: BTreeMap<String, Probers> = BTreeMap::new();
    loop {
        let known = routes.borrow_and_update().clone();
        probers.retain(|group, _| known.groups.contains_key(group));
        for (group, set) in &known.groups {
            let probers = probers.entry(group.clone()).or_default();
            probers.follow(group, set, &sink);
        }
        if routes.changed().await.is_err() {
            // The last routes stay in force.
            std::future::pending::<()>().await;
        }
    }
}

/// One task per probed target of one target group; all end with the whole.
#[derive(Debug, Default)]
struct Probers {
    health_check: Option<HealthCheck>,
    running: HashMap<(String, SocketAddr), tokio::task::AbortHandle>,
    tasks: JoinSet<()>,
}

impl Probers {
    fn follow(&mut self, group: &str, set: &TargetSet, sink: &Arc<dyn ProbeSink>) {
        let same_check = self.health_check.as_ref() == Some(&set.health_check);
        self.health_check = Some(set.health_check.clone());
        self.running.retain(|(id, address), prober| {
            let keep = same_check && is_probed(set, id, *address);
            if !keep {
                prober.abort();
            }
            keep
        });
        for target in set.targets.iter().filter(|target| probed(target)) {
            self.start(group, target, &set.health_check, sink);
        }
        while self.tasks.try_join_next().is_some() {}
    }

    fn start(
        &mut self,
        group: &str,
        target: &Target,
        check: &HealthCheck,
        sink: &Arc<dyn ProbeSink>,
    ) {
        let key = (target.id.clone(), target.address);
        let tasks = &mut self.tasks;
        self.running.entry(key).or_insert_with(|| {
            let (group, sink) = (group.to_owned(), Arc::clone(sink));
            tasks.spawn(probe_target(group, target.clone(), check.clone(), sink))
        });
    }
}

fn is_probed(set: &TargetSet, id: &str, address: SocketAddr) -> bool {
    set.targets
        .iter()
        .any(|target| target.id == id && target.address == address && probed(target))
}

fn probed(target: &Target) -> bool {
    !matches!(target.state, TargetState::Draining { .. })
}

async fn probe_target(group: String, target: Target, check: HealthCheck, sink: Arc<dyn ProbeSink>) {
    let mut tick = tokio::time::interval(check.interval.max(SHORTEST_INTERVAL));
    tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tick.tick().await;
        let outcome = tokio::time::timeout(check.timeout, probe(target.address, &check.path))
            .await
            .unwrap_or(ProbeOutcome::Timeout);
        sink.probed(&group, &target.id, outcome);
    }
}

/// One probe on a connection of its own, as an ALB does.
async fn probe(address: SocketAddr, path: &str) -> ProbeOutcome {
    exchange(address, path)
        .await
        .map_or(ProbeOutcome::Failed, ProbeOutcome::Status)
}

async fn exchange(address: SocketAddr, path: &str) -> Result<u16, ProbeError> {
    let request = Request::get(path)
        .header(header::HOST, host(address))
        .header(header::CONNECTION, "close")
        .header(header::USER_AGENT, "ELB-HealthChecker/2.0")
        .header(header::ACCEPT_ENCODING, "gzip, compressed")
        .body(Empty::<Bytes>::new())?;
    let stream = TcpStream::connect(address).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let answer = async {
        let response = sender.send_request(request).await?;
        let status = response.status().as_u16();
        read_to_end(response.into_body()).await?;
        Ok(status)
    };
    // The connection's own errors reach the exchange too.
    let (answer, _driven) = tokio::join!(answer, connection);
    answer
}

async fn read_to_end(mut body: Incoming) -> Result<(), hyper::Error> {
    while let Some(frame) = body.frame().await {
        frame?;
    }
    Ok(())
}

fn host(address: SocketAddr) -> String {
    match address.port() {
        80 => address.ip().to_string(),
        _ => address.to_string(),
    }
}

/// All of these are one outcome to the sink; the kinds serve `?`.
#[derive(Debug, thiserror::Error)]
enum ProbeError {
    #[error("the health check's path is not a path")]
    Path(#[from] http::Error),
    #[error("failed to connect")]
    Connect(#[from] std::io::Error),
    #[error("failed to exchange")]
    Exchange(#[from] hyper::Error),
}
