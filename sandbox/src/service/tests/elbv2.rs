//! Elastic Load Balancing, version 2.

use super::{Stage, all, answer, one, refusal};
use crate::service::Service::ElbV2;
use crate::world::tests::stage::{GROUP, Setting};
use crate::world::{HealthCheck, Matcher, TargetGroupSpec};
use std::time::Duration;

pub(super) fn ask(stage: &mut Stage, action: &str, body: &str) -> String {
    answer(stage, ElbV2, action, body)
}

pub(super) fn stage() -> (Stage, String) {
    let stage = Stage::settled(&Setting {
        desired: 2,
        ..Setting::default()
    });
    let arn = format!("TargetGroupArn={}", stage.target_group);
    (stage, arn)
}

#[test]
fn targets_are_described_with_states_and_reasons() {
    let (mut stage, arn) = stage();
    let xml = ask(&mut stage, "DescribeTargetHealth", &arn);
    assert_eq!(all(&xml, "State"), ["healthy", "healthy"]);
    assert!(!xml.contains("Reason"));
    stage
        .world
        .set_desired_capacity(stage.now, GROUP, 1)
        .expect("set");
    let xml = ask(&mut stage, "DescribeTargetHealth", &arn);
    assert_eq!(one(&xml, "Reason"), "Target.DeregistrationInProgress");
    assert_eq!(
        one(&xml, "Description"),
        "Target deregistration is in progress"
    );
    let leaving = stage
        .group()
        .members
        .values()
        .find(|m| !m.is_live())
        .map(|m| m.id.clone());
    stage.until_settled();
    let asked = format!("{arn}&Targets.member.1.Id={}", leaving.expect("one leaves"));
    let xml = ask(&mut stage, "DescribeTargetHealth", &asked);
    assert_eq!(
        (one(&xml, "State"), one(&xml, "Reason")),
        ("unused", "Target.NotRegistered")
    );
    let unknown = format!("{arn}&Targets.member.1.Id=i-0123456789abcdef0");
    assert_eq!(
        refusal(&mut stage, ElbV2, "DescribeTargetHealth", &unknown).0,
        "InvalidTarget"
    );
    let unknown = "TargetGroupArn=arn:aws:nothing";
    let code = refusal(&mut stage, ElbV2, "DescribeTargetHealth", unknown).0;
    assert_eq!(code, "TargetGroupNotFound");
}

#[test]
fn target_groups_balancers_and_listeners_name_each_other() {
    let (mut stage, arn) = stage();
    let balancer = stage.world.load_balancers()[0].arn.clone();
    let xml = ask(&mut stage, "DescribeTargetGroups", "Names.member.1=fleet");
    assert_eq!(
        one(&xml, "LoadBalancerArns"),
        format!("<member>{balancer}</member>")
    );
    assert_eq!(
        (one(&xml, "HealthCheckPath"), one(&xml, "HttpCode")),
        ("/healthz", "200")
    );
    let xml = ask(&mut stage, "DescribeTargetGroupAttributes", &arn);
    assert_eq!(one(&xml, "Key"), "deregistration_delay.timeout_seconds");
    assert_eq!(one(&xml, "Value"), "30");
    let xml = ask(&mut stage, "DescribeLoadBalancers", "");
    assert_eq!(
        (one(&xml, "DNSName"), one(&xml, "LoadBalancerArn")),
        ("127.0.0.1", &*balancer)
    );
    let xml = ask(
        &mut stage,
        "DescribeListeners",
        &format!("LoadBalancerArn={balancer}"),
    );
    assert_eq!(one(&xml, "TargetGroupArn"), stage.target_group);
    assert_eq!(
        refusal(&mut stage, ElbV2, "CreateTrustStore", "").0,
        "InvalidAction"
    );
}

#[test]
fn times_are_told_in_whole_seconds_and_a_check_never_takes_none() {
    let (mut stage, _) = stage();
    let arn = stage.world.create_target_group(TargetGroupSpec {
        name: "hasty".into(),
        port: 80,
        health_check: HealthCheck {
            path: "/healthz".into(),
            interval: Duration::from_millis(1500),
            timeout: Duration::from_millis(900),
            healthy_threshold: 2,
            unhealthy_threshold: 2,
            matcher: Matcher::new([(200, 200)]),
        },
        deregistration_delay: Duration::from_millis(2500),
    });
    let xml = ask(&mut stage, "DescribeTargetGroups", "Names.member.1=hasty");
    assert_eq!(one(&xml, "HealthCheckTimeoutSeconds"), "1");
    assert_eq!(one(&xml, "HealthCheckIntervalSeconds"), "2");
    let arn = format!("TargetGroupArn={arn}");
    let xml = ask(&mut stage, "DescribeTargetGroupAttributes", &arn);
    assert_eq!(one(&xml, "Value"), "3");
}
