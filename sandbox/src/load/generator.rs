//! One request from due to done: which connection, what went over it, what to record.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::arrival::Arrival;
use super::classify::{Outcome, complete};
use super::connection::Connection;
use super::head::Head;
use super::idle::Idle;
use super::ledger::Ledger;
use super::plan::Plan;
use super::sample::{Class, Failure, Sample};

/// What all requests of a load share.
pub(super) struct Generator {
    plan: Plan,
    requests: Vec<Request>,
    began: Instant,
    ledger: Arc<Ledger>,
    idle: Idle,
}

/// The bytes of a path's request.
struct Request {
    kept_alive: Vec<u8>,
    closing: Vec<u8>,
}

impl Generator {
    pub(super) fn new(plan: Plan, began: Instant, ledger: Arc<Ledger>) -> Self {
        let host = plan.target.to_string();
        Self {
            requests: plan.paths.iter().map(|path| request(path, &host)).collect(),
            plan,
            began,
            ledger,
            idle: Idle::default(),
        }
    }

    /// Sends one request and records what became of it.
    pub(super) async fn perform(&self, arrival: Arrival) {
        self.ledger.started(self.since(arrival));
        let exchange = tokio::time::timeout(self.plan.timeout, self.exchange(arrival));
        let outcome = match exchange.await {
            Ok(Ok(head)) => judge(&head),
            Ok(Err(outcome)) => outcome,
            Err(_elapsed) => Outcome::new(Class::Timeout, "no complete answer in time"),
        };
        self.record(arrival, outcome);
    }

    async fn exchange(&self, arrival: Arrival) -> Result<Head, Outcome> {
        let Some(request) = self.requests.get(arrival.path) else {
            return Err(Outcome::new(Class::Local, "the plan has no path"));
        };
        if arrival.fresh {
            let mut connection = Connection::open(self.plan.target).await?;
            return connection.exchange(&request.closing).await;
        }
        let mut connection = match self.idle.take() {
            Some(connection) => connection,
            None => Connection::open(self.plan.target).await?,
        };
        let head = connection.exchange(&request.kept_alive).await?;
        if head.keep_alive {
            self.idle.keep(connection);
        }
        Ok(head)
    }

    fn record(&self, arrival: Arrival, outcome: Outcome) {
        let latency = self.since(arrival);
        let class = outcome.class;
        let failure = (!class.is_ok()).then(|| Failure {
            scheduled: arrival.due,
            latency,
            class,
            path: self
                .plan
                .paths
                .get(arrival.path)
                .cloned()
                .unwrap_or_default(),
            detail: outcome.detail,
        });
        self.ledger
            .ended(Sample::new(arrival.due, latency, class), failure);
    }

    fn since(&self, arrival: Arrival) -> Duration {
        self.began.elapsed().saturating_sub(arrival.due)
    }
}

/// A complete answer may still be a failure.
fn judge(head: &Head) -> Outcome {
    let class = complete(head.status);
    let detail = match &head.server {
        _ if class.is_ok() => String::new(),
        Some(server) => format!("status {} from {server}", head.status),
        None => format!("status {}", head.status),
    };
    Outcome::new(class, detail)
}

fn request(path: &str, host: &str) -> Request {
    let with = |extra: &str| {
        format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: baton-load\r\nAccept: */*\r\n{extra}\r\n"
        )
        .into_bytes()
    };
    Request {
        kept_alive: with(""),
        closing: with("Connection: close\r\n"),
    }
}
