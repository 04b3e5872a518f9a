//! The values that stand after an equals sign and are neither numbers, names nor durations.

use std::fmt;
use std::str::FromStr;

/// A probability, above 0 and up to 1.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Chance(f64);

impl Chance {
    /// Certainty.
    pub const ALWAYS: Self = Self(1.0);

    /// Whether a draw from 0 (inclusive) to 1 (exclusive) is a hit.
    pub(super) fn hits(self, draw: f64) -> bool {
        draw < self.0
    }
}

impl FromStr for Chance {
    type Err = NotOne;

    fn from_str(text: &str) -> Result<Self, NotOne> {
        let chance: f64 = text.parse().map_err(|_| NotOne)?;
        if chance > 0.0 && chance <= 1.0 {
            Ok(Self(chance))
        } else {
            Err(NotOne)
        }
    }
}

impl fmt::Display for Chance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The text is no value of its kind; which form was expected is known to the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a value")]
pub struct NotOne;

/// Which member of the group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pick {
    /// The n-th in the order of launch, from 1.
    Nth(u64),
    /// The one launched first.
    Oldest,
    /// The one launched last.
    Newest,
    /// Any; the seed says which.
    Random,
    /// Each that is launched after the fault has begun.
    New,
}

impl FromStr for Pick {
    type Err = NotOne;

    fn from_str(text: &str) -> Result<Self, NotOne> {
        match text {
            "oldest" => Ok(Self::Oldest),
            "newest" => Ok(Self::Newest),
            "random" => Ok(Self::Random),
            "new" => Ok(Self::New),
            number => match number.parse() {
                Ok(number) if number > 0 => Ok(Self::Nth(number)),
                _ => Err(NotOne),
            },
        }
    }
}

impl fmt::Display for Pick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nth(number) => number.fmt(f),
            Self::Oldest => f.write_str("oldest"),
            Self::Newest => f.write_str("newest"),
            Self::Random => f.write_str("random"),
            Self::New => f.write_str("new"),
        }
    }
}

/// Who calls, as the credentials of the call tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// `deploy`, and people.
    Deploy,
    /// The agents on the instances.
    Instances,
}

impl FromStr for Caller {
    type Err = NotOne;

    fn from_str(text: &str) -> Result<Self, NotOne> {
        match text {
            "deploy" => Ok(Self::Deploy),
            "instances" => Ok(Self::Instances),
            _ => Err(NotOne),
        }
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Deploy => "deploy",
            Self::Instances => "instances",
        })
    }
}

/// On which side of a call something happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// It is not performed.
    Before,
    /// It is performed and not answered.
    After,
}

impl FromStr for Side {
    type Err = NotOne;

    fn from_str(text: &str) -> Result<Self, NotOne> {
        match text {
            "before" => Ok(Self::Before),
            "after" => Ok(Self::After),
            _ => Err(NotOne),
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Before => "before",
            Self::After => "after",
        })
    }
}

/// A number of bytes, at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bytes(pub u64);

const KIB: u64 = 1024;

/// The units by letter, the largest first.
const UNITS: [(&str, u64); 3] = [("G", KIB * KIB * KIB), ("M", KIB * KIB), ("K", KIB)];

impl FromStr for Bytes {
    type Err = NotOne;

    fn from_str(text: &str) -> Result<Self, NotOne> {
        let unit = UNITS
            .iter()
            .find_map(|(letter, unit)| Some((text.strip_suffix(letter)?, *unit)));
        let (digits, unit) = unit.unwrap_or((text, 1));
        let number: u64 = digits.parse().map_err(|_| NotOne)?;
        match number.checked_mul(unit) {
            Some(bytes) if bytes > 0 => Ok(Self(bytes)),
            _ => Err(NotOne),
        }
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match UNITS.iter().find(|(_, unit)| self.0.is_multiple_of(*unit)) {
            Some((letter, unit)) => write!(f, "{}{letter}", self.0 / unit),
            None => self.0.fmt(f),
        }
    }
}
