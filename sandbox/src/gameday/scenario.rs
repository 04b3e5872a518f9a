//! What a scenario is: a fault, and what a deploy must come to in spite of it.

use serde::Serialize;
use std::fmt;

/// One deploy with faults in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Scenario {
    /// Unique in the matrix; what `--only` names.
    pub name: &'static str,
    /// The faults, as `--fault` takes them; none is the deploy as it should be.
    pub faults: &'static [&'static str],
    /// What happens, in one line for people.
    pub story: &'static str,
    /// How the deploy must end.
    pub end: End,
    /// What clients may notice of it.
    pub losses: Losses,
}

/// How a deploy ends, and what serves then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// Exit status 0, the new version on every member.
    Done,
    /// Exit status 3, the old version on every member.
    RolledBack,
    /// Exit status 10 to 24: nothing was changed, the old version on every member.
    Refused,
}

/// What clients may notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Losses {
    /// Nothing at all.
    None,
    /// Requests to whoever died, until the load balancer has noticed; none any more at the end.
    UntilNoticed,
}

impl End {
    /// Whether an exit status of `deploy` says so.
    pub fn is(self, exit_code: i32) -> bool {
        match self {
            End::Done => exit_code == 0,
            End::RolledBack => exit_code == 3,
            End::Refused => (10..=24).contains(&exit_code),
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            End::Done => "done",
            End::RolledBack => "rolled back",
            End::Refused => "refused",
        })
    }
}

impl Scenario {
    /// The expectation in words: `done, 0 lost`.
    pub fn expected(&self) -> String {
        let losses = match self.losses {
            Losses::None => "0 lost",
            Losses::UntilNoticed => "lost until noticed",
        };
        format!("{}, {losses}", self.end)
    }
}
