//! Instance refreshes through the wire encodings: what `autoscaling` does not already show.

use super::{Stage, answer, one, refusal};
use crate::service::Service::AutoScaling;
use crate::world::tests::alarms::errors;
use crate::world::tests::stage::Setting;

const GROUP: &str = "AutoScalingGroupName=fleet";

#[test]
fn alarms_are_checked_and_echoed() {
    let mut stage = Stage::settled(&Setting::default());
    let start = format!("{GROUP}&Preferences.AlarmSpecification.Alarms.member.1=errors");
    let (code, message) = refusal(&mut stage, AutoScaling, "StartInstanceRefresh", &start);
    assert_eq!(
        (code.as_str(), message.as_str()),
        (
            "ValidationError",
            "The CloudWatch alarm errors does not exist."
        )
    );
    stage
        .world
        .put_alarm(stage.now, errors())
        .expect("an alarm");
    answer(&mut stage, AutoScaling, "StartInstanceRefresh", &start);
    let xml = answer(&mut stage, AutoScaling, "DescribeInstanceRefreshes", GROUP);
    assert_eq!(
        one(&xml, "AlarmSpecification"),
        "<Alarms><member>errors</member></Alarms>"
    );
}

#[test]
fn an_empty_desired_configuration_is_refused() {
    let mut stage = Stage::settled(&Setting::default());
    let start = format!("{GROUP}&DesiredConfiguration=");
    let (code, _) = refusal(&mut stage, AutoScaling, "StartInstanceRefresh", &start);
    assert_eq!(code, "ValidationError");
}
