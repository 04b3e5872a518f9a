//! Passed or not: the deploy succeeded, nobody was left behind, and every request got its complete answer.

use super::facts::{DeployFacts, FaultFacts};
use super::figures::{count, counted, millis};
use super::model::{Requests, Verdict};
use crate::load::Lag;

pub(super) fn verdict(
    deploy: &DeployFacts,
    requests: &Requests,
    strays: Vec<String>,
    faults: &[FaultFacts],
) -> Verdict {
    let headline = headline(deploy, requests, &strays);
    let mut reasons = Vec::new();
    if deploy.exit_code != Some(0) {
        reasons.push(format!("deploy {}", ending(deploy)));
    }
    if requests.sent == 0 {
        reasons.push("no request was sent".to_owned());
    }
    if requests.failed > 0 {
        let [failed, sent] = [requests.failed, requests.sent].map(count);
        reasons.push(format!("{failed} of {sent} requests failed"));
    }
    reasons.extend(strays);
    Verdict {
        passed: reasons.is_empty(),
        headline,
        reasons,
        warnings: lateness(requests).into_iter().chain(idle(faults)).collect(),
    }
}

fn headline(deploy: &DeployFacts, requests: &Requests, strays: &[String]) -> String {
    match (requests.failed, deploy.exit_code) {
        _ if requests.sent == 0 => "No request was sent".to_owned(),
        (0, Some(0)) if !strays.is_empty() => {
            "Not one request was lost, but an instance was left behind".to_owned()
        }
        (0, Some(0)) => "Not one request was lost".to_owned(),
        (0, _) => "Not one request was lost, but the deploy did not succeed".to_owned(),
        (1, _) => "1 request was lost".to_owned(),
        (failed, _) => format!("{} were lost", counted(failed, "request")),
    }
}

/// How the deploy's process ended, in words.
pub(super) fn ending(deploy: &DeployFacts) -> String {
    match deploy.exit_code {
        Some(code) => format!("ended with exit status {code} ({})", deploy.outcome),
        None => format!("was ended by a signal ({})", deploy.outcome),
    }
}

/// What nothing came of: the verdict says nothing of how the deploy stands it.
fn idle(faults: &[FaultFacts]) -> impl Iterator<Item = String> {
    let idle = faults.iter().filter(|fault| fault.hits == 0);
    idle.map(|fault| {
        let fault = &fault.fault;
        format!("the fault {fault} never struck: this rehearsal says nothing about it")
    })
}

fn lateness(requests: &Requests) -> Option<String> {
    if requests.late == 0 {
        return None;
    }
    let tolerance = millis(Lag::TOLERANCE.as_secs_f64() * 1e3);
    Some(format!(
        "this machine was too busy for an exact schedule: {} started more than {tolerance} late, the latest by {}; \
         latencies include that",
        counted(requests.late, "request"),
        millis(requests.max_lag_ms),
    ))
}
