//! What the load balancer says of an instance.

use crate::rollout::observation::{Target, TargetHealth};
use aws_sdk_elasticloadbalancingv2::types as elb;

/// A target's instance id and state.
pub(in crate::fleet) fn target(found: &elb::TargetHealthDescription) -> Option<(String, Target)> {
    let instance = found.target()?.id()?.to_owned();
    let health = found.target_health()?;
    let word = health.state().map_or("", |state| state.as_str());
    let reason = health.reason().map_or("", |reason| reason.as_str());
    let detail = match health.description() {
        Some(text) if !text.is_empty() => text,
        _ => reason,
    };
    // A failure of the load balancer itself is no sign of the target's.
    let is_elbs_own = reason == "Elb.InternalError";
    let meaning = match word {
        "healthy" => TargetHealth::Healthy,
        "initial" => TargetHealth::Initial,
        "draining" => TargetHealth::Draining,
        "unhealthy" | "unhealthy.draining" if !is_elbs_own => TargetHealth::Unhealthy,
        _ => TargetHealth::Unused,
    };
    Some((
        instance,
        Target {
            health: meaning,
            word: word.to_owned(),
            detail: detail.to_owned(),
        },
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_load_balancers_own_trouble_is_not_the_targets() {
        let state = |reason: elb::TargetHealthReasonEnum| {
            let found = elb::TargetHealthDescription::builder()
                .target(elb::TargetDescription::builder().id("i-1").build())
                .target_health(
                    elb::TargetHealth::builder()
                        .state(elb::TargetHealthStateEnum::Unhealthy)
                        .reason(reason)
                        .build(),
                )
                .build();
            target(&found).unwrap().1.health
        };
        assert_eq!(
            state(elb::TargetHealthReasonEnum::InternalError),
            TargetHealth::Unused
        );
        assert_eq!(
            state(elb::TargetHealthReasonEnum::Timeout),
            TargetHealth::Unhealthy
        );
    }
}
