//! What a rehearsal tells afterwards: [`Facts`] go in, a [`Report`] comes out, as text, JSON or one HTML file.
//!
//! Everything here is a pure function of what was measured elsewhere; no clock, no files, no network.

mod assemble;
mod critical_path;
mod facts;
mod figures;
mod html;
mod latency;
mod leaving;
mod lifelines;
mod model;
mod text;
mod verdict;

pub use critical_path::{Bounds, CriticalPath, Outside, Rules, Term};
pub use facts::{Change, DeployFacts, Facts, FaultFacts, Member, Phase, Track};
pub use model::{
    Bucket, Deploy, FailedRequest, Latency, Lifeline, Quantiles, Report, Requests, Span, Verdict,
};
