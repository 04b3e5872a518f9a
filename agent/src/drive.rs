//! The loop: look, decide, act. The edge that it drives is a [`Host`].

use crate::duty::{Duty, duty};
use crate::seen::Seen;

/// An instance, as far as the agent touches it.
pub(crate) trait Host {
    /// What is to be seen now. Never fails: what cannot be read stays as it was last seen.
    async fn observe(&mut self) -> Seen;

    /// Does one duty. Long work is begun, not awaited: its progress shows in the next observation. [`Duty::Wait`] returns
    /// when something may have changed.
    async fn perform(&mut self, duty: Duty);
}

/// Looks after the instance until its duty is to end.
pub(crate) async fn drive(host: &mut impl Host) {
    loop {
        let seen = host.observe().await;
        match duty(&seen) {
            Duty::Exit => return,
            next => host.perform(next).await,
        }
    }
}

#[cfg(test)]
mod stories;
