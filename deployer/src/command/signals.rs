//! SIGINT and SIGTERM, as a value that turns true. The first one ends the run after the action at hand.

use crate::failure::Failure;
use crate::rollout::driver::DriveError;
use futures_util::StreamExt;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook_tokio::Signals;
use tokio::sync::watch;

/// What comes before the run: it changes nothing, so a signal simply ends it.
pub(super) async fn unless_stopped<T>(
    stop: &watch::Receiver<bool>,
    before: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let mut stop = stop.clone();
    tokio::select! {
        done = before => done,
        Ok(_) = stop.wait_for(|stop| *stop) => Err(DriveError::InterruptedEarly.into()),
    }
}

/// Turns true when SIGINT or SIGTERM arrives. When signals cannot be listened to they kill the process, which is safe too:
/// every state that a deployment can be left in is one that the next run resumes.
pub(super) fn stop() -> watch::Receiver<bool> {
    let (told, stop) = watch::channel(false);
    match Signals::new([SIGINT, SIGTERM]) {
        Ok(mut signals) => {
            tokio::spawn(async move {
                while signals.next().await.is_some() {
                    told.send_replace(true);
                }
            });
        }
        Err(error) => tracing::warn!(%error, "signals cannot be listened to"),
    }
    stop
}
