//! The lease: one run at a time drives an environment.
//!
//! It is a create-only numbered log, `lease/<%010d>.json`. Creating the next number is the compare-and-swap, which S3
//! (`If-None-Match: *`) and a plain folder both have. The highest number is the head; the environment is free when the head
//! is released or has expired. The number under which a run took the lease is its fencing number.
//!
//! Expiry is judged by each machine's own clock, so clocks must agree to within [`CLOCK_SKEW`].

mod keeper;

use crate::exit::Exit;
use crate::failure::Explain;
use crate::rollout::event::WaitingOn;
use crate::rollout::pace::Pace;
use contract::layout;
use contract::names::Name;
use contract::store::{Created, Store, StoreError};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

pub use keeper::{Lease, Taken};

/// How far clocks may disagree: a taker waits this much longer than the holder believes to have.
pub const CLOCK_SKEW: Duration = Duration::from_secs(2);

/// The longest that `lease` in deploy.toml may say: a holder that has not renewed for so long, by the taker's own clock, is
/// dead, whatever its entry says.
const LONGEST: Duration = Duration::from_mins(10);

/// How often a taker looks whether the holder is alive.
const GLANCE: Duration = Duration::from_secs(1);

/// The largest entry read, in bytes.
const MAX_BYTES: usize = 4096;

/// The format of an entry.
const SCHEMA: u32 = 1;

/// One entry of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseEntry {
    /// The format.
    pub schema: u32,
    /// Who: `user@host`.
    pub owner: String,
    /// Tells apart two runs of the same owner.
    pub nonce: String,
    /// Held or released.
    pub kind: LeaseKind,
    /// Until when it is held.
    pub expires: Timestamp,
}

/// The format of an entry, whatever else is in it.
#[derive(Deserialize)]
struct Format {
    schema: u32,
}

/// What an entry says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeaseKind {
    /// The owner holds the environment.
    Held,
    /// The owner gave it back.
    Released,
}

/// The highest entry and its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its number, from 1.
    pub number: u64,
    /// What it says.
    pub entry: LeaseEntry,
}

/// Who asks for the lease, and for how long at a time.
#[derive(Clone, Debug)]
pub struct Claim {
    /// Who: `user@host`.
    pub owner: String,
    /// Unique to this run.
    pub nonce: String,
    /// How long each entry holds.
    pub length: Duration,
}

/// Why the lease could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// Another run holds it and is alive.
    #[error("{owner} is deploying to this environment")]
    Held {
        /// The holder.
        owner: String,
    },
    /// An entry cannot be understood.
    #[error("the lease {path} cannot be read")]
    Malformed {
        /// The entry's path.
        path: String,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// An entry has a format that this version does not know.
    #[error("the lease {path} has the format {schema}, which this deploy does not know")]
    LaterFormat {
        /// The entry's path.
        path: String,
        /// Its format.
        schema: u32,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How a held lease stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenure {
    /// Held until then, unless renewed.
    pub until: Timestamp,
    /// Set once it is lost for good: who took it, or why it could not be renewed.
    pub lost: Option<String>,
}

/// What a holder may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Act.
    Held,
    /// Nothing, until it is renewed: nobody is known to have taken it. Holds what to say.
    RanOut(String),
    /// Nothing any more; holds why.
    Lost(String),
}

impl Tenure {
    /// What the holder may do at `now`.
    pub fn standing(&self, now: Timestamp) -> Standing {
        match &self.lost {
            Some(why) => Standing::Lost(why.clone()),
            None if now >= self.until => {
                let until = self.until.strftime("%H:%M:%SZ");
                Standing::RanOut(format!(
                    "the lease ran out at {until} and could not be renewed"
                ))
            }
            None => Standing::Held,
        }
    }
}

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
        let malformed = |source| LeaseError::Malformed {
            path: path.clone(),
            source,
        };
        let Format { schema } = serde_json::from_slice(&bytes).map_err(malformed)?;
        if schema != SCHEMA {
            return Err(LeaseError::LaterFormat { path, schema });
        }
        let entry = serde_json::from_slice(&bytes).map_err(malformed)?;
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

impl Claim {
    fn holds(&self, entry: &LeaseEntry) -> bool {
        entry.kind == LeaseKind::Held && entry.owner == self.owner && entry.nonce == self.nonce
    }

    fn entry(&self, kind: LeaseKind, now: Timestamp) -> LeaseEntry {
        LeaseEntry {
            schema: SCHEMA,
            owner: self.owner.clone(),
            nonce: self.nonce.clone(),
            kind,
            expires: match kind {
                LeaseKind::Held => now + self.length,
                LeaseKind::Released => now,
            },
        }
    }
}

fn held(entry: LeaseEntry) -> LeaseError {
    LeaseError::Held { owner: entry.owner }
}

impl Explain for LeaseError {
    fn exit(&self) -> Exit {
        match self {
            Self::Held { .. } => Exit::LeaseHeld,
            Self::Malformed { .. } | Self::LaterFormat { .. } => Exit::StoreUnusable,
            Self::Store(error) => error.exit(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Held { .. } => {
                Some("wait for that run, or stop it with Ctrl-C, then try again".to_owned())
            }
            Self::LaterFormat { .. } => {
                Some("use a deploy as new as the one that wrote it".to_owned())
            }
            Self::Malformed { .. } => Some(
                "it was damaged, or written by a later version of deploy: use one as new as that"
                    .to_owned(),
            ),
            Self::Store(error) => error.hint(),
        }
    }
}

#[cfg(test)]
mod tests;
