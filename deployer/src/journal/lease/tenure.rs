//! How a held lease stands.

use jiff::Timestamp;

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
