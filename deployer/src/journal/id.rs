//! The identity of one deployment. Ids sort by the time of their making, so that the newest is the last in a listing.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// The identity of one deployment: `d-<yyyymmdd>-<hhmmss>-<6 hex>`, in UTC. Part of store paths, of a template version's
/// description and of client tokens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DeploymentId(String);

/// Why a text is not a [`DeploymentId`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a deployment id: expected d-<yyyymmdd>-<hhmmss>-<6 hex digits>")]
pub struct DeploymentIdError {
    /// The refused text.
    pub text: String,
}

impl DeploymentId {
    /// An id made at `now`; `entropy` tells apart two made in the same second.
    pub fn new(now: Timestamp, entropy: u32) -> Self {
        let at = now.to_zoned(TimeZone::UTC).strftime("%Y%m%d-%H%M%S");
        Self(format!("d-{at}-{:06x}", entropy & 0x00ff_ffff))
    }

    /// This id, or one a second after `newest` where this one would not sort behind it, because a machine whose clock is ahead
    /// made that: nobody would see that the newer deployment is open.
    pub fn sorted_after(self, newest: &Self, entropy: u32) -> Self {
        match newest.second() {
            Some(second) if self <= *newest => Self::new(second + Duration::from_secs(1), entropy),
            _ => self,
        }
    }

    /// The second in which the id says that it was made.
    fn second(&self) -> Option<Timestamp> {
        let at = self.0.get(2..17)?;
        let at = DateTime::strptime("%Y%m%d-%H%M%S", at).ok()?;
        at.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for DeploymentId {
    type Err = DeploymentIdError;

    fn from_str(text: &str) -> Result<Self, DeploymentIdError> {
        let digits = |part: &str, length: usize| {
            part.len() == length && part.bytes().all(|b| b.is_ascii_digit())
        };
        let hex = |part: &str| {
            part.len() == 6 && part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        };
        match text.split('-').collect::<Vec<_>>()[..] {
            ["d", date, time, tail] if digits(date, 8) && digits(time, 6) && hex(tail) => {
                Ok(Self(text.to_owned()))
            }
            _ => Err(DeploymentIdError {
                text: text.to_owned(),
            }),
        }
    }
}

impl TryFrom<String> for DeploymentId {
    type Error = DeploymentIdError;

    fn try_from(text: String) -> Result<Self, DeploymentIdError> {
        text.parse()
    }
}

impl From<DeploymentId> for String {
    fn from(id: DeploymentId) -> Self {
        id.0
    }
}

impl fmt::Display for DeploymentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_and_round_trip() {
        let early = DeploymentId::new("2026-03-09T23:59:59Z".parse().unwrap(), 0xff_ffff);
        let late = DeploymentId::new("2026-03-10T00:00:00Z".parse().unwrap(), 1);
        assert_eq!(late.as_str(), "d-20260310-000000-000001");
        assert!(early < late);
        assert_eq!(late.as_str().parse(), Ok(late));
    }

    #[test]
    fn an_id_sorts_after_the_newest_whatever_the_clock_says() {
        let id = |at: &str| DeploymentId::new(at.parse().unwrap(), 0xff_ffff);
        let newest = id("2026-03-09T23:59:59Z");
        let behind = id("2026-03-09T12:00:00Z").sorted_after(&newest, 1);
        assert_eq!(behind.as_str(), "d-20260310-000000-000001");
        let ahead = id("2026-03-11T00:00:00Z");
        assert_eq!(ahead.clone().sorted_after(&newest, 1), ahead);
    }

    #[test]
    fn refuses_what_could_leave_its_folder() {
        for bad in [
            "",
            "lease",
            "d-20260310-000000-00000g",
            "d-20260310-000000-0000/1",
            "../x",
        ] {
            assert!(bad.parse::<DeploymentId>().is_err(), "{bad}");
        }
    }
}
