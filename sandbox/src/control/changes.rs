//! The moment at which there is something new to show, whoever made it.

use tokio::sync::watch;

/// Ticks of everything that is shown.
#[derive(Debug)]
pub(super) struct Changes {
    pub(super) world: watch::Receiver<u64>,
    pub(super) deploys: watch::Receiver<u64>,
    pub(super) faults: watch::Receiver<u64>,
}

impl Changes {
    /// Waits until something has changed since the last time.
    pub(super) async fn changed(&mut self) {
        // Who ticks lives as long as whoever waits here.
        tokio::select! {
            _ = self.world.changed() => {}
            _ = self.deploys.changed() => {}
            _ = self.faults.changed() => {}
        }
    }
}
