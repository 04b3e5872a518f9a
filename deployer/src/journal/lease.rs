//! The lease: one run at a time drives an environment.
//!
//! It is a create-only numbered log, `lease/<%010d>.json`. Creating the next number is the compare-and-swap, which S3
//! (`If-None-Match: *`) and a plain folder both have. The highest number is the head; the environment is free when the head
//! is released or has expired. The number under which a run took the lease is its fencing number.
//!
//! Expiry is judged by each machine's own clock, so clocks must agree to within [`CLOCK_SKEW`].

mod entry;
mod error;
mod keeper;
mod tenure;

use crate::rollout::event::WaitingOn;
use crate::rollout::pace::Pace;
use contract::layout;
use contract::names::Name;
use contract::store::{Created, Store};
use jiff::Timestamp;
use std::time::Duration;

pub use entry::{Claim, Head, LeaseEntry, LeaseKind};
pub use error::LeaseError;
pub use keeper::{Lease, Taken};
pub use tenure::{Standing, Tenure};

/// How far clocks may disagree: a taker waits this much longer than the holder believes to have.
pub const CLOCK_SKEW: Duration = Duration::from_secs(2);

/// The longest that `lease` in deploy.toml may say: a holder that has not renewed for so long, by the taker's own clock, is
/// dead, whatever its entry says.
const LONGEST: Duration = Duration::from_mins(10);

/// How often a taker looks whether the holder is alive.
const GLANCE: Duration = Duration::from_secs(1);

/// The largest entry read, in bytes.
const MAX_BYTES: usize = 4096;

/// The log of one environment.
#[derive(Clone, Debug)]
pub struct LeaseLog {
    store: Store,
    folder: String,
}

impl LeaseLog {
    /// The log of one environment.
    pub fn new(store: Store, service: &Name, environment: &Name) -> Self {
        let folder = format!("{}lease/", layout::deployments(service, environment));
        Self { store, folder }
    }

    /// The highest entry; `None` when nobody ever held the lease. Found by galloping and bisection, so that a long log
    /// costs a few dozen requests and no listing.
    pub async fn head(&self) -> Result<Option<Head>, LeaseError> {
        if !self.exists(1).await? {
            return Ok(None);
        }
        let (mut there, mut step) = (1, 1);
        while self.exists(there + step).await? {
            there += step;
            step *= 2;
        }
        let mut absent = there + step;
        while absent - there > 1 {
            let middle = there.midpoint(absent);
            if self.exists(middle).await? {
                there = middle;
            } else {
                absent = middle;
            }
        }
        self.read(there).await
    }

    /// Takes the lease. A holder that is alive is told from a dead one by waiting until its entry expires: when it renews
    /// meanwhile, it is alive. `waiting` hears of the wait.
    pub async fn acquire(
        &self,
        claim: &Claim,
        pace: &dyn Pace,
        waiting: &mut (dyn FnMut(WaitingOn) + Send),
    ) -> Result<Taken, LeaseError> {
        loop {
            let head = self.head().await?;
            if let Some(head) = &head {
                self.outwait(head, pace, waiting).await?;
            }
            let next = head.map_or(1, |head| head.number + 1);
            if let Some(taken) = self.take(next, claim, pace.now()).await? {
                return Ok(taken);
            }
        }
    }

    /// Returns once `head` has expired, was released or has a successor that released it.
    async fn outwait(
        &self,
        head: &Head,
        pace: &dyn Pace,
        waiting: &mut (dyn FnMut(WaitingOn) + Send),
    ) -> Result<(), LeaseError> {
        let until = (head.entry.expires).min(pace.now() + LONGEST) + CLOCK_SKEW;
        if head.entry.kind == LeaseKind::Released || pace.now() >= until {
            return Ok(());
        }
        let owner = head.entry.owner.clone();
        waiting(WaitingOn::Lease { owner, until });
        while pace.now() < until {
            if let Some(next) = self.read(head.number + 1).await? {
                return match next.entry.kind {
                    LeaseKind::Released => Ok(()),
                    LeaseKind::Held => Err(held(next.entry)),
                };
            }
            pace.rest(GLANCE).await;
        }
        Ok(())
    }

    /// Creates entry `number`; `None` when somebody else was faster.
    async fn take(
        &self,
        number: u64,
        claim: &Claim,
        now: Timestamp,
    ) -> Result<Option<Taken>, LeaseError> {
        let entry = claim.entry(LeaseKind::Held, now);
        let mut until = entry.expires;
        if !self.create(number, &entry).await? {
            // It may be ours all the same, from an earlier try whose answer was lost.
            match self.read(number).await? {
                Some(there) if claim.holds(&there.entry) => until = there.entry.expires,
                _ => return Ok(None),
            }
        }
        if self.exists(number + 1).await? {
            return Ok(None);
        }
        Ok(Some(Taken {
            log: self.clone(),
            claim: claim.clone(),
            number,
            until,
        }))
    }

    fn path(&self, number: u64) -> String {
        format!("{}{number:010}.json", self.folder)
    }

    async fn exists(&self, number: u64) -> Result<bool, LeaseError> {
        Ok(self.store.exists(&self.path(number)).await?)
    }

    async fn read(&self, number: u64) -> Result<Option<Head>, LeaseError> {
        let path = self.path(number);
        let Some(bytes) = self.store.read(&path, MAX_BYTES).await? else {
            return Ok(None);
        };
        let entry = LeaseEntry::parse(&path, &bytes)?;
        Ok(Some(Head { number, entry }))
    }

    /// Whether the entry is there with this content.
    async fn create(&self, number: u64, entry: &LeaseEntry) -> Result<bool, LeaseError> {
        let path = self.path(number);
        let bytes = serde_json::to_vec(entry).map_err(|source| LeaseError::Malformed {
            path: path.clone(),
            source,
        })?;
        Ok(self.store.create(&path, bytes).await? == Created::Yes)
    }
}

fn held(entry: LeaseEntry) -> LeaseError {
    LeaseError::Held { owner: entry.owner }
}

#[cfg(test)]
mod tests;
