//! `/healthz` and `/readyz`: whether a balancer should send requests here.

use http::StatusCode;
use server::Phase;

use super::reply::{Reply, text, uncached};

/// 200 in phase `Ready`, else 503. The body names the phase.
pub(crate) fn reply(phase: Phase) -> Reply {
    let status = if phase.is_ready() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    uncached(text(status, format!("{phase}\n")))
}
