//! From facts to the report.

use super::critical_path::{CriticalPath, outside};
use super::facts::Facts;
use super::latency::{around, timeline};
use super::leaving;
use super::lifelines::lifelines;
use super::model::{Deploy, FailedRequest, Report, Requests};
use super::verdict::verdict;
use crate::load::{Failure, Samples};

/// The shape's version: see [`Report::schema`].
const SCHEMA: u32 = 1;

impl Report {
    /// Computes everything that a report tells.
    pub fn new(facts: Facts) -> Self {
        let requests = requests(&facts.load, facts.rate);
        let critical_path = critical_path(&facts);
        let deploy = facts.deploy;
        let lifelines = lifelines(&facts.members, &facts.changes, &deploy.to, facts.ended);
        let mut verdict = verdict(&deploy, &requests, facts.strays, &facts.faults);
        // What goes wrong on purpose explains losses, too.
        if facts.faults.is_empty() {
            let note = leaving::note(&lifelines, &facts.load.samples, &facts.balancer.failures);
            verdict.warnings.extend(note);
        }
        Self {
            schema: SCHEMA,
            verdict,
            began: facts.began,
            seconds: facts.ended,
            latency: around(&facts.load.samples, deploy.started, deploy.ended),
            timeline: timeline(&facts.load.samples, facts.ended),
            lifelines,
            failures: facts.load.failures.iter().map(failed_request).collect(),
            requests,
            deploy: Deploy {
                seconds: deploy.ended - deploy.started,
                from: deploy.from,
                to: deploy.to,
                started: deploy.started,
                ended: deploy.ended,
                runs: deploy.runs,
                exit_code: deploy.exit_code,
                outcome: deploy.outcome,
            },
            phases: facts.phases,
            critical_path,
            api_calls: facts.api_calls,
            balancer: facts.balancer,
            faults: facts.faults,
            settings: facts.settings,
        }
    }

    /// The report as JSON, indented, with a newline at its end.
    pub fn to_json(&self) -> String {
        // Nothing in it can fail to serialise: its keys are strings, its numbers finite or null.
        let mut json = serde_json::to_string_pretty(self).unwrap_or_default();
        json.push('\n');
        json
    }
}

/// Only a deploy that replaced everybody has one: what another takes depends on what went wrong.
fn critical_path(facts: &Facts) -> Option<CriticalPath> {
    if facts.deploy.exit_code != Some(0) {
        return None;
    }
    let pending = facts.rules.timings.instance_pending;
    let outside = outside(&facts.members, &facts.changes, &facts.deploy.to, pending)?;
    Some(CriticalPath::new(&facts.rules, &outside))
}

fn requests(load: &Samples, rate: f64) -> Requests {
    let totals = &load.totals;
    Requests {
        sent: totals.sent,
        ok: totals.sent - totals.failed,
        failed: totals.failed,
        by_class: totals
            .by_class
            .iter()
            .filter(|(class, _)| **class != "ok")
            .map(|(class, count)| ((*class).to_owned(), *count))
            .collect(),
        rate,
        late: totals.lag.late,
        max_lag_ms: totals.lag.max_ms,
    }
}

fn failed_request(failure: &Failure) -> FailedRequest {
    FailedRequest {
        at: failure.scheduled.as_secs_f64(),
        latency_ms: failure.latency.as_secs_f64() * 1e3,
        class: failure.class.name().to_owned(),
        status: failure.class.status(),
        path: failure.path.clone(),
        detail: failure.detail.clone(),
    }
}
