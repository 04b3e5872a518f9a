//! A stand-in for an Application Load Balancer that hides nothing.
//!
//! It does what an ALB does and no more: round robin, its own health checks, fail-open, deregistration that takes a while
//! to reach the data plane, a cut at the end of the deregistration delay. It never retries, so whatever a target does
//! wrong, the client sees. Knows nothing of the world that registers the targets: that arrives as a [`TargetSet`].
//!
//! Not modelled: TLS, HTTP/2 and gRPC, `WebSocket` upgrades, stickiness, slow start, weighted groups, the age limit of a
//! client's connection.

mod answer;
mod backend;
mod client;
mod connect;
mod counters;
mod forward;
mod headers;
mod linger;
mod plane;
mod pool;
mod probe;
mod relay;
mod rotation;
mod serve;
mod settings;
mod target_set;
mod upload;

pub use counters::{Cause, Counters, Tally};
pub use probe::{ProbeOutcome, ProbeSink};
pub use serve::{Balancer, serve};
pub use settings::Settings;
pub use target_set::{HealthCheck, Target, TargetSet, TargetState};
