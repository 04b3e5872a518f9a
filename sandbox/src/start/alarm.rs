//! The alarm that an account has on what its clients get, as Terraform would make it.

use crate::names;
use crate::world::{AlarmActions, AlarmSpec, Comparison, MetricKey, MissingData, Statistic};
use std::collections::BTreeMap;

/// More than five 5xx of the targets in a minute, twice in a row.
pub(super) fn errors(load_balancer: &str, target_group: &str) -> AlarmSpec {
    let dimensions = [
        ("LoadBalancer", after(load_balancer, ":loadbalancer/")),
        (
            "TargetGroup",
            after(target_group, &format!("{}:", names::ACCOUNT)),
        ),
    ];
    AlarmSpec {
        name: names::ALARM.to_owned(),
        description: Some("targets answer 5xx".to_owned()),
        actions_enabled: true,
        actions: AlarmActions::default(),
        metric: MetricKey {
            namespace: "AWS/ApplicationELB".to_owned(),
            name: "HTTPCode_Target_5XX_Count".to_owned(),
            dimensions: dimensions
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into_iter()
                .collect::<BTreeMap<_, _>>(),
        },
        statistic: Statistic::Sum,
        unit: None,
        period: 60,
        evaluation_periods: 2,
        datapoints_to_alarm: None,
        threshold: 5.0,
        comparison: Comparison::Above,
        missing: Some(MissingData::NotBreaching),
    }
}

/// Dimensions name a resource by the last part of its ARN.
fn after<'a>(arn: &'a str, mark: &str) -> &'a str {
    arn.split_once(mark).map_or(arn, |(_, name)| name)
}
