//! `/healthz` and `/readyz`: whether a balancer should send requests here, and how leaving goes.

use http::StatusCode;
use serde::Serialize;
use server::{ByClass, Handle, Phase, PhaseAt};

use super::reply::{Reply, json, text, uncached};

/// What `/readyz` tells; the counts are those since the start.
#[derive(Serialize)]
struct Readiness {
    phase: Phase,
    /// Milliseconds in this phase.
    phase_ms: u128,
    /// Requests being handled or answered, this one included.
    in_flight: usize,
    connections: usize,
    accepted: u64,
    drained: u64,
    handed_over: u64,
    taken_over: u64,
    idle_closed: u64,
    refused: u64,
    forced: ByClass,
    /// A successor answers in our place.
    succeeded: bool,
}

/// `GET /healthz`: 200 in phase `Ready`, and while a successor answers in our place, else 503. The
/// body names the phase.
pub(crate) fn health(handle: &Handle) -> Reply {
    let now = *handle.phases().borrow();
    uncached(text(status(now), format!("{}\n", now.phase)))
}

/// `GET /readyz`: the same, with numbers.
pub(crate) fn readiness(handle: &Handle) -> Reply {
    let now = *handle.phases().borrow();
    let counts = handle.counts();
    let readiness = Readiness {
        phase: now.phase,
        phase_ms: now.since.elapsed().as_millis(),
        in_flight: counts.in_flight,
        connections: counts.open,
        accepted: counts.accepted,
        drained: counts.ended,
        handed_over: counts.handed_over,
        taken_over: counts.taken_over,
        idle_closed: counts.idle_closed,
        refused: counts.refused,
        forced: counts.cut,
        succeeded: now.succeeded,
    };
    json(status(now), &readiness)
}

/// A check on an old connection is about the service, and that is not leaving if a successor is there.
fn status(now: PhaseAt) -> StatusCode {
    if now.phase.is_ready() || now.succeeded {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    }
}
