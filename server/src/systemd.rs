//! What a supervisor is told over `NOTIFY_SOCKET` (`sd_notify(3))`: READY=1 when the server serves,
//! STOPPING=1 when it leaves, and how long leaving may take. Without `NOTIFY_SOCKET` nothing is
//! sent.

use std::time::Duration;

use sd_notify::NotifyState;

use crate::handle::Handle;
use crate::phase::{FORCE_PATIENCE, Phase};

/// Sends the notifications as `handle`'s server moves on; returns when it has left.
pub async fn follow(handle: Handle) {
    let mut phases = handle.phases();
    if handle.settled().await {
        if handle.took_over() {
            send(&[NotifyState::MainPid(std::process::id()), NotifyState::Ready]);
        } else {
            send(&[NotifyState::Ready]);
        }
    }
    // A server that leaves for its successor is not what makes the service stop.
    let alone = phases.wait_for(|now| {
        now.phase == Phase::Exit || (now.phase >= Phase::Unready && !now.succeeded)
    });
    if alone.await.is_ok_and(|now| !now.succeeded) {
        let budget = handle.settings().total.saturating_add(FORCE_PATIENCE);
        send(&[
            NotifyState::Stopping,
            NotifyState::ExtendTimeoutUsec(microseconds(budget)),
        ]);
    }
    // The sender lives in the handle, so this cannot fail.
    let _ = phases.wait_for(|now| now.phase == Phase::Exit).await;
}

fn send(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "failed to notify the supervisor");
    }
}

fn microseconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_micros()).unwrap_or(u32::MAX)
}
