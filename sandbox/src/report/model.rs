//! The report as data: what the JSON holds, field by field. How it is computed and shown is elsewhere.

use std::collections::BTreeMap;

use serde::Serialize;

use super::critical_path::CriticalPath;
use super::facts::{FaultFacts, Phase, Track};
use crate::balancer::Tally;

/// A finished report. Times are in seconds since the start of the load, latencies in milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The version of this shape; a reader should refuse one that it does not know.
    pub schema: u32,
    /// Passed or not, and why.
    pub verdict: Verdict,
    /// The wall clock at the start of the load.
    pub began: jiff::Timestamp,
    /// How long the load ran.
    pub seconds: f64,
    /// The deploy under rehearsal.
    pub deploy: Deploy,
    /// What became of the requests.
    pub requests: Requests,
    /// Latency before, during and after the deploy.
    pub latency: Latency,
    /// Where the time went.
    pub phases: Vec<Phase>,
    /// What a deploy of this group takes at least; only after one that succeeded.
    pub critical_path: Option<CriticalPath>,
    /// API calls by `service:Operation`.
    pub api_calls: BTreeMap<String, u64>,
    /// One per instance: the old ones first, in the order of their launch.
    pub lifelines: Vec<Lifeline>,
    /// The first failures; [`Requests::failed`] tells how many there were.
    pub failures: Vec<FailedRequest>,
    /// The load over time.
    pub timeline: Vec<Bucket>,
    /// The balancer's own account.
    pub balancer: Tally,
    /// What went wrong on demand; empty in a rehearsal without faults.
    pub faults: Vec<FaultFacts>,
    /// What was set: name and value.
    pub settings: BTreeMap<String, String>,
}

/// The answer to the question the rehearsal asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The deploy succeeded and no request failed.
    pub passed: bool,
    /// The verdict in one short sentence.
    pub headline: String,
    /// Why it did not pass; empty when it did.
    pub reasons: Vec<String>,
    /// What limits the worth of the figures.
    pub warnings: Vec<String>,
}

/// The deploy under rehearsal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Deploy {
    /// What ran before.
    pub from: String,
    /// What was deployed.
    pub to: String,
    /// When its process started.
    pub started: f64,
    /// When its process ended.
    pub ended: f64,
    /// How long it took.
    pub seconds: f64,
    /// How often it was run: again after it was killed.
    pub runs: u32,
    /// Its exit status; `None` when a signal ended it.
    pub exit_code: Option<i32>,
    /// The documented meaning of the exit status.
    pub outcome: String,
}

/// What became of the requests.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Requests {
    /// All that were started.
    pub sent: u64,
    /// Those that got a complete answer with a 2xx status.
    pub ok: u64,
    /// The others.
    pub failed: u64,
    /// The failed by class.
    pub by_class: BTreeMap<String, u64>,
    /// The arrival rate that was asked for, per second.
    pub rate: f64,
    /// Those that the generator started late, which is no fault of the server.
    pub late: u64,
    /// The generator's worst delay in milliseconds.
    pub max_lag_ms: f64,
}

/// Latency relative to the deploy. Only complete answers count.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Latency {
    /// Due before the deploy started.
    pub before: Quantiles,
    /// Due while it ran.
    pub during: Quantiles,
    /// Due after it had ended.
    pub after: Quantiles,
}

/// Quantiles of one stretch, in milliseconds; all zero when it is empty.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Quantiles {
    /// How many requests they are of.
    pub count: u64,
    /// The median.
    pub p50_ms: f64,
    /// One in a hundred took longer.
    pub p99_ms: f64,
    /// One in a thousand took longer.
    pub p999_ms: f64,
    /// The slowest.
    pub max_ms: f64,
}

/// One instance's life.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Lifeline {
    /// The instance id.
    pub instance: String,
    /// The release it was launched for.
    pub version: String,
    /// Its availability zone.
    pub zone: String,
    /// Whether it runs what was deployed.
    pub new: bool,
    /// Its states, by track and time.
    pub spans: Vec<Span>,
}

/// A stretch in one state, within the time of the load.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Span {
    /// Which of the two lives.
    pub track: Track,
    /// AWS's name of the state.
    pub state: String,
    /// Since when; 0 when it had begun before the load.
    pub from: f64,
    /// Until when.
    pub to: f64,
}

/// One failed request.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FailedRequest {
    /// When it was due.
    pub at: f64,
    /// From then to its failure.
    pub latency_ms: f64,
    /// Its class, as in [`Requests::by_class`].
    pub class: String,
    /// The status of the answer, where there was one.
    pub status: Option<u16>,
    /// The path requested.
    pub path: String,
    /// What exactly happened.
    pub detail: String,
}

/// The requests due within one stretch of the load.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bucket {
    /// When it begins.
    pub from: f64,
    /// When it ends.
    pub to: f64,
    /// Requests that failed.
    pub failed: u64,
    /// Latencies of the complete answers.
    pub latency: Quantiles,
}

impl Phase {
    /// How long it took.
    pub fn seconds(&self) -> f64 {
        self.to - self.from
    }
}
