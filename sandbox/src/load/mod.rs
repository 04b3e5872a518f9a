//! An open-loop HTTP/1.1 load generator.
//!
//! Requests arrive on a fixed schedule, whatever became of the earlier ones: a server that stalls shows as latency, not
//! as fewer requests. Nothing is retried; every failure is classed by what the client saw. What the figures mean for a
//! rehearsal is not decided here.

mod arrival;
mod body;
mod classify;
mod connection;
mod engine;
mod generator;
mod head;
mod idle;
mod ledger;
mod meter;
mod plan;
mod sample;

pub use engine::{Gauge, Load};
pub use meter::{Pulse, Second};
pub use plan::{Keep, Plan};
pub use sample::{Class, Failure, Lag, Sample, Samples, Totals};
