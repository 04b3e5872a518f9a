//! Whether requests were lost because services were gone before the load balancer had drained them: what most software does when
//! it is told to end, and what its owner has to hear of first.

use super::facts::Track;
use super::model::Lifeline;
use crate::load::Sample;

/// The lifecycle state in which the load balancer drains a member.
const DRAINED_IN: &str = "Terminating";

/// A failure belongs to a departure that begins or ends so many seconds away: the balancer's account of time is not the load's.
const SLACK: f64 = 0.5;

/// The causes of the load balancer that a server which has gone explains.
const GONE: [&str; 2] = ["502 refused", "502 reset"];

/// The note on it; none where losses have, or may have, another cause.
pub(super) fn note(
    lifelines: &[Lifeline],
    samples: &[Sample],
    causes: &std::collections::BTreeMap<String, u64>,
) -> Option<String> {
    let cause = GONE.iter().find(|cause| causes.contains_key(**cause))?;
    let failed = || samples.iter().filter(|sample| !sample.class().is_ok());
    let explained =
        failed().filter(|sample| is_within(lifelines, sample.scheduled().as_secs_f64()));
    let (failed, explained) = (failed().count(), explained.count());
    // Nine in ten: with each departure a few requests get lost in other ways, too.
    let is_so = explained > 0 && explained * 10 >= failed * 9;
    is_so.then(|| {
        format!(
            "{cause} while members were leaving: a service has to go on serving for some seconds after SIGTERM, until the load \
             balancer has drained it (README.md, \"Your own service\")"
        )
    })
}

/// Whether somebody was leaving in that second of the load.
fn is_within(lifelines: &[Lifeline], second: f64) -> bool {
    let mut spans = lifelines.iter().flat_map(|line| &line.spans);
    spans.any(|span| {
        span.track == Track::Lifecycle
            && span.state == DRAINED_IN
            && (span.from - SLACK..span.to + SLACK).contains(&second)
    })
}
