//! `StatusReason` and `RollbackReason`. The two "Waiting for ..." sentences are AWS's; the others are ours, because AWS's are
//! not published.

use std::time::Duration;

use super::checkpoint::Gate;
use super::survey::{Phase, Side, Survey};
use crate::world::Process;

pub(super) const CANCELLED: &str = "Cancelled due to user request.";
pub(super) const USER_ROLLBACK: &str = "Rollback was initiated by a user request.";

pub(super) fn no_progress(patience: Duration) -> String {
    let seconds = patience.as_secs();
    format!(
        "The instance refresh made no progress for {seconds} seconds. Check the scaling activities \
         and the health of the instances that it launched."
    )
}

pub(super) fn too_long(longest: Duration) -> String {
    let days = longest.as_secs() / 86_400;
    format!("The instance refresh has replaced instances for {days} days, the longest that it may.")
}

pub(super) fn alarm(name: &str) -> String {
    format!("The CloudWatch alarm {name} is in the ALARM state.")
}

pub(super) fn halted(process: Process) -> String {
    let name = process.name();
    format!("No instances are replaced while the {name} process is suspended.")
}

pub(super) fn automatic_rollback(cause: &str) -> String {
    format!("Automatic rollback was initiated. {cause}")
}

/// What the refresh waits for.
pub(super) fn waiting(survey: &Survey, gate: Gate) -> Option<String> {
    unproven(survey)
        .or_else(|| warming(survey))
        .or_else(|| paused(gate))
        .or_else(|| awaited(survey))
        .or_else(|| departing(survey))
}

fn unproven(survey: &Survey) -> Option<String> {
    let member = survey.live.first(|side, phase| {
        side == Side::Updated && !matches!(phase, Phase::Warming | Phase::Available)
    })?;
    let with = match member.phase {
        Phase::UnprovenByElb => "Elastic Load Balancing",
        _ => "Amazon EC2",
    };
    Some(format!(
        "Waiting for remaining instances to be available. For example: {} has insufficient data to \
         evaluate its health with {with}.",
        member.id
    ))
}

fn warming(survey: &Survey) -> Option<String> {
    let warming = |side, phase| side == Side::Updated && phase == Phase::Warming;
    let member = survey.live.first(warming)?;
    Some(format!(
        "Waiting for instances to warm up before continuing. For example: {} is warming up.",
        member.id
    ))
}

fn paused(gate: Gate) -> Option<String> {
    let Gate::Paused { percentage, until } = gate else {
        return None;
    };
    Some(format!(
        "Waiting at the checkpoint of {percentage} percent until {until}."
    ))
}

fn awaited(survey: &Survey) -> Option<String> {
    let protected = survey.aside.protected.first().map(|id| {
        format!(
            "Waiting for the scale-in protection of instances to be removed. For example: {id}."
        )
    });
    let absent = survey.aside.absent.first();
    protected.or_else(|| {
        absent.map(|id| {
            format!("Waiting for instances in Standby to return to service. For example: {id}.")
        })
    })
}

fn departing(survey: &Survey) -> Option<String> {
    let first = survey.departing.first()?;
    Some(format!(
        "Waiting for replaced instances to terminate. For example: {first} is terminating."
    ))
}
