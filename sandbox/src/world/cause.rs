//! Why an activity happened, in AWS's sentences.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-verify-scaling-activity.html>

use jiff::Timestamp;

use super::member::{Departure, Why};
use super::{Group, HookEnd, InstanceId, Unfit};

/// AWS writes the causes' times to the second.
fn second(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

pub(super) fn created(now: Timestamp, desired: usize) -> String {
    format!(
        "At {} a user request created an AutoScalingGroup changing the desired capacity from 0 to \
         {desired}.",
        second(now)
    )
}

pub(super) fn desired(now: Timestamp, from: usize, to: usize) -> String {
    format!(
        "At {} a user request explicitly set group desired capacity changing the desired capacity \
         from {from} to {to}.",
        second(now)
    )
}

/// `by` says who or what.
pub(super) fn scaled(now: Timestamp, by: &str, from: usize, to: usize) -> String {
    let at = second(now);
    format!("At {at} {by} changing the desired capacity from {from} to {to}.")
}

pub(super) fn bounds(now: Timestamp, group: &Group, from: usize) -> String {
    let Group {
        min, max, desired, ..
    } = group;
    format!(
        "At {} a user request update of AutoScalingGroup constraints to min: {min}, max: {max}, \
         desired: {desired} changing the desired capacity from {from} to {desired}.",
        second(now)
    )
}

/// Whether somebody said ABANDON or nobody said anything in time.
pub(super) fn abandoned(token: &str, end: HookEnd) -> String {
    let how = match end {
        HookEnd::Completed(_) => "Lifecycle Action Completed with ABANDON Result",
        HookEnd::TimedOut(_) => "Heartbeat Timeout",
    };
    format!(
        "Instance failed to complete user's Lifecycle Action: Lifecycle Action with token {token} \
         was abandoned: {how}"
    )
}

/// `change` is the desired capacity before and after, if it is changed.
pub(super) fn to_standby(
    id: &InstanceId,
    change: Option<(usize, usize)>,
    now: Timestamp,
) -> String {
    let at = second(now);
    in_response_to_a_user(
        &format!("At {at} instance {id} was moved to standby"),
        change,
    )
}

pub(super) fn out_of_standby(
    id: &InstanceId,
    (from, to): (usize, usize),
    now: Timestamp,
) -> String {
    let at = second(now);
    format!(
        "At {at} instance {id} was moved out of standby in response to a user request, increasing \
         the capacity from {from} to {to}."
    )
}

/// `change` is the desired capacity before and after, if it is changed.
pub(super) fn detached(id: &InstanceId, change: Option<(usize, usize)>, now: Timestamp) -> String {
    let at = second(now);
    in_response_to_a_user(&format!("At {at} instance {id} was detached"), change)
}

fn in_response_to_a_user(what: &str, change: Option<(usize, usize)>) -> String {
    let what = format!("{what} in response to a user request");
    match change {
        Some((from, to)) => format!("{what}, shrinking the capacity from {from} to {to}."),
        None => format!("{what}."),
    }
}

pub(super) fn attached(id: &InstanceId, (from, to): (usize, usize), now: Timestamp) -> String {
    let at = second(now);
    format!(
        "At {at} instance {id} was attached in response to a user request, increasing the capacity \
         from {from} to {to}."
    )
}

/// What follows from the last change of the desired capacity, if it was one that activities name.
fn following(group: &Group, sentence: &str) -> String {
    match group.capacity_cause.as_str() {
        "" => sentence.to_owned(),
        cause => format!("{cause}  {sentence}"),
    }
}

pub(super) fn equilibrium(group: &Group, now: Timestamp) -> String {
    let at = second(now);
    following(group, &format!("At {at} group reached equilibrium."))
}

pub(super) fn launch(group: &Group, why: Why, now: Timestamp) -> String {
    let at = second(now);
    let live = group.members.live();
    match why {
        Why::Capacity => following(
            group,
            &format!(
                "At {at} an instance was started in response to a difference between desired and \
                 actual capacity, increasing the capacity from {live} to {}.",
                live + 1
            ),
        ),
        Why::Unhealthy => format!(
            "At {at} an instance was launched in response to an unhealthy instance needing to be \
             replaced."
        ),
        Why::Rebalance => format!(
            "At {at} instances were launched to balance instances in zones {} with other zones \
             resulting in more than desired number of instances in the group.",
            group.full_zones()
        ),
        Why::Refresh => {
            format!("At {at} an instance was launched in response to an instance refresh.")
        }
    }
}

pub(super) fn leave(
    group: &Group,
    id: &InstanceId,
    departure: Departure,
    now: Timestamp,
) -> String {
    let at = second(now);
    let out = format!("At {at} an instance was taken out of service in response to");
    let selected = format!("  At {at} instance {id} was selected for termination.");
    match departure {
        Departure::ScaleIn => {
            let live = group.members.live();
            let shrunk = format!(
                "{out} a difference between desired and actual capacity, shrinking the capacity \
                 from {live} to {}.{selected}",
                live.saturating_sub(1)
            );
            following(group, &shrunk)
        }
        Departure::Refresh => format!("{out} an instance refresh.{selected}"),
        Departure::Unhealthy(Unfit::Ec2) => {
            format!("{out} an EC2 health check indicating it has been terminated or stopped.")
        }
        Departure::Unhealthy(Unfit::Elb) => {
            format!("{out} an ELB system health check failure.")
        }
        Departure::Unhealthy(Unfit::User) => format!("{out} a user health-check."),
        Departure::LaunchAbandoned => format!("{out} a failed lifecycle action."),
        Departure::UserRequest { lowered } => {
            let out = format!("At {at} instance {id} was taken out of service");
            in_response_to_a_user(&out, lowered)
        }
    }
}
