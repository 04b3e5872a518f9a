//! One entry of the log, and the claim that it is made from.

use super::LeaseError;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The format of an entry.
pub(super) const SCHEMA: u32 = 1;

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

impl LeaseEntry {
    /// Reads an entry; `path` is where it lies. A later format may mean something else by the same words.
    pub(super) fn parse(path: &str, bytes: &[u8]) -> Result<Self, LeaseError> {
        let malformed = |source| LeaseError::Malformed {
            path: path.to_owned(),
            source,
        };
        let Format { schema } = serde_json::from_slice(bytes).map_err(malformed)?;
        if schema != SCHEMA {
            let path = path.to_owned();
            return Err(LeaseError::LaterFormat { path, schema });
        }
        serde_json::from_slice(bytes).map_err(malformed)
    }
}

impl Claim {
    pub(super) fn holds(&self, entry: &LeaseEntry) -> bool {
        entry.kind == LeaseKind::Held && entry.owner == self.owner && entry.nonce == self.nonce
    }

    pub(super) fn entry(&self, kind: LeaseKind, now: Timestamp) -> LeaseEntry {
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

/// The format of an entry, whatever else is in it.
#[derive(Deserialize)]
struct Format {
    schema: u32,
}
