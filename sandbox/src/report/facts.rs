//! What the rehearsal hands in: raw observations, all times in seconds since the start of the load.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::balancer::Tally;
use crate::load::Samples;
use crate::report::Rules;

/// Everything a report is made of.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The wall clock at the start of the load.
    pub began: jiff::Timestamp,
    /// The end of the load.
    pub ended: f64,
    /// The arrival rate that was asked for, per second.
    pub rate: f64,
    /// The deploy under rehearsal.
    pub deploy: DeployFacts,
    /// What the clients saw.
    pub load: Samples,
    /// The stretches of the rehearsal in order; they may begin before the load did.
    pub phases: Vec<Phase>,
    /// Who does not run what was deployed in the end, each in one phrase (`i-0 runs 1.0.0`).
    pub strays: Vec<String>,
    /// The instances in the order of their launch.
    pub members: Vec<Member>,
    /// The changes of their states, in any order.
    pub changes: Vec<Change>,
    /// API calls by `service:Operation`.
    pub api_calls: BTreeMap<String, u64>,
    /// The balancer's own account.
    pub balancer: Tally,
    /// What went wrong on demand.
    pub faults: Vec<FaultFacts>,
    /// What AWS and the account decide about how long the deploy takes.
    pub rules: Rules,
    /// What was set, for people: name and value.
    pub settings: BTreeMap<String, String>,
}

/// One fault, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultFacts {
    /// As it is written down.
    pub fault: String,
    /// How often it has struck.
    pub hits: u64,
}

/// How the deploy went.
#[derive(Debug, Clone, PartialEq)]
pub struct DeployFacts {
    /// What ran before.
    pub from: String,
    /// What was deployed.
    pub to: String,
    /// When its process started.
    pub started: f64,
    /// When its process ended.
    pub ended: f64,
    /// How often it was run: again after it was killed.
    pub runs: u32,
    /// Its exit status; `None` when a signal ended it.
    pub exit_code: Option<i32>,
    /// The documented meaning of the exit status ("done", "rolled back").
    pub outcome: String,
}

/// One instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The instance id.
    pub id: String,
    /// The release it was launched for.
    pub version: String,
    /// Its availability zone.
    pub zone: String,
}

/// One instance entered one state.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// When; before the load began it is negative.
    pub at: f64,
    /// The instance id.
    pub instance: String,
    /// Which of its two lives.
    pub track: Track,
    /// AWS's name of the state. `Terminated` and `unused` end their track.
    pub state: String,
}

/// The two lives of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Track {
    /// The lifecycle state in its group.
    Lifecycle,
    /// The target's state in its target group.
    Target,
}

/// A stretch of the rehearsal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Phase {
    /// Its name.
    pub name: String,
    /// When it began.
    pub from: f64,
    /// When it ended.
    pub to: f64,
}
