//! A stand-in for an Application Load Balancer that hides nothing.
//!
//! It does what an ALB does and no more: rules and weights, round robin, its own health checks, fail-open, deregistration
//! that takes a while to reach the data plane, a cut at the end of the deregistration delay. It never retries, so whatever
//! a target does wrong, the client sees. Knows nothing of the world that registers the targets: that arrives as [`Routes`].
//!
//! Not modelled: TLS, gRPC, HTTP/2 to targets, stickiness.

mod answer;
mod backend;
mod beat;
mod carrier;
mod client;
mod client_http2;
mod connect;
mod counters;
mod forward;
mod forwarded;
mod headers;
mod lane;
mod linger;
mod open_requests;
mod opening;
mod plane;
mod pool;
mod probe;
mod reach;
mod relay;
mod rotation;
mod routes;
mod serve;
mod settings;
mod share;
mod target_set;
mod traffic;
mod tunnel;
mod upload;

pub use counters::{Cause, Counters, Tally, Tap};
pub use probe::{ProbeOutcome, ProbeSink};
pub use routes::Routes;
pub use serve::{Balancer, serve};
pub use settings::Settings;
pub use target_set::{HealthCheck, SlowStart, Target, TargetSet, TargetState};
pub use traffic::{Traffic, Traffics};
