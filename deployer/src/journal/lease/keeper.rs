//! A lease that was taken: renewed in the background, and given back at the end.

use super::{Claim, LeaseError, LeaseKind, LeaseLog, Tenure};
use crate::rollout::pace::Pace;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

/// How long after a failed renewal the next is tried.
const RENEWAL_RETRY: Duration = Duration::from_secs(1);

/// How long giving the lease back may take: whoever pressed Ctrl-C waits for it, and it runs out by itself.
const RELEASE_WITHIN: Duration = Duration::from_secs(5);

/// A lease just taken. It is renewed once [`Taken::keep`] is called.
#[derive(Debug)]
pub struct Taken {
    pub(super) log: LeaseLog,
    pub(super) claim: Claim,
    pub(super) number: u64,
    pub(super) until: Timestamp,
}

/// A lease that renews itself.
#[derive(Debug)]
pub struct Lease {
    fence: u64,
    tenure: watch::Receiver<Tenure>,
    stop: oneshot::Sender<()>,
    keeper: JoinHandle<()>,
}

impl Taken {
    /// Renews the lease in the background, at a third of its length.
    pub fn keep(self, pace: Arc<dyn Pace>) -> Lease {
        let (told, tenure) = watch::channel(Tenure {
            until: self.until,
            lost: None,
        });
        let (stop, stopped) = oneshot::channel();
        let fence = self.number;
        let keeper = tokio::spawn(self.renew_until(stopped, told, pace));
        Lease {
            fence,
            tenure,
            stop,
            keeper,
        }
    }

    async fn renew_until(
        mut self,
        mut stopped: oneshot::Receiver<()>,
        told: watch::Sender<Tenure>,
        pace: Arc<dyn Pace>,
    ) {
        let mut pause = self.claim.length / 3;
        loop {
            tokio::select! {
                _ = &mut stopped => break,
                () = pace.rest(pause) => {}
            }
            match self.renew(pace.now()).await {
                Ok(true) => {
                    told.send_modify(|tenure| tenure.until = self.until);
                    pause = self.claim.length / 3;
                }
                Ok(false) => {
                    let lost = format!("another run took it, entry {}", self.number + 1);
                    told.send_modify(|tenure| tenure.lost = Some(lost));
                    return;
                }
                // Not lost yet: the tenure says for itself when it has run out.
                Err(_) => pause = RENEWAL_RETRY.min(self.claim.length / 3),
            }
        }
        self.release(pace.now()).await;
    }

    /// Whether the lease could be renewed; `false` when somebody else has taken it.
    pub(super) async fn renew(&mut self, now: Timestamp) -> Result<bool, LeaseError> {
        match self.log.take(self.number + 1, &self.claim, now).await? {
            Some(next) => {
                self.number = next.number;
                self.until = next.until;
                Ok(true)
            }
            None => Ok(false),
        }
    }

    /// Gives the lease back. That this can fail is no loss: it runs out by itself.
    async fn release(self, now: Timestamp) {
        let entry = self.claim.entry(LeaseKind::Released, now);
        if let Err(error) = self.log.create(self.number + 1, &entry).await {
            tracing::warn!(%error, "the lease could not be released; it runs out by itself");
        }
    }
}

impl Lease {
    /// The fencing number: the entry under which the lease was taken.
    pub fn fence(&self) -> u64 {
        self.fence
    }

    /// How the lease stands, at any time.
    pub fn tenure(&self) -> watch::Receiver<Tenure> {
        self.tenure.clone()
    }

    /// Gives the lease back, so that the next run need not wait for its end.
    pub async fn release(self) {
        // The keeper may have ended already, having lost the lease.
        let _ = self.stop.send(());
        let mut keeper = self.keeper;
        match tokio::time::timeout(RELEASE_WITHIN, &mut keeper).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the lease's keeper ended badly"),
            Err(_) => {
                keeper.abort();
                tracing::warn!("the store does not answer: the lease runs out by itself");
            }
        }
    }
}
