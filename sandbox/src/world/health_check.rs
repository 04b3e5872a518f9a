//! How the targets of a target group are probed, and which answers are a success.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthCheck {
    /// For example `/healthz`.
    pub path: String,
    /// Between two probes.
    pub interval: Duration,
    /// For one probe.
    pub timeout: Duration,
    /// Successes in a row that turn `unhealthy` into `healthy`; `initial` needs one.
    pub healthy_threshold: u32,
    /// Failures in a row that turn a target `unhealthy`.
    pub unhealthy_threshold: u32,
    /// Which statuses are a success.
    pub matcher: Matcher,
}

/// Status codes: single ones and ranges, both ends included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matcher(Vec<(u16, u16)>);

impl Matcher {
    /// Ranges of status codes, both ends included.
    pub fn new(ranges: impl IntoIterator<Item = (u16, u16)>) -> Self {
        Self(ranges.into_iter().collect())
    }

    /// Whether the status is a success.
    pub fn matches(&self, status: u16) -> bool {
        self.0
            .iter()
            .any(|(from, to)| (*from..=*to).contains(&status))
    }
}

/// `200`, `200-299`, `200,301`, as in the API's `HttpCode`.
impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (from, to)) in self.0.iter().enumerate() {
            let comma = if at > 0 { "," } else { "" };
            write!(f, "{comma}{from}")?;
            if from != to {
                write!(f, "-{to}")?;
            }
        }
        Ok(())
    }
}

impl FromStr for Matcher {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let status = |text: &str| text.parse().map_err(|_| ());
        let range = |text: &str| match text.split_once('-') {
            Some((from, to)) => Ok((status(from)?, status(to)?)),
            None => Ok((status(text)?, status(text)?)),
        };
        let ranges: Result<Vec<_>, ()> = text.split(',').map(range).collect();
        // What an Application Load Balancer takes.
        let fits = |(from, to): &(u16, u16)| from <= to && (200..500).contains(from) && *to < 500;
        ranges.map(Self).and_then(|matcher| {
            let good = matcher.0.iter().all(fits);
            good.then_some(matcher).ok_or(())
        })
    }
}
