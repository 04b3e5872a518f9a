//! Elastic Load Balancing, version 2: target groups by hand, attributes, tags.

use super::elbv2::{ask, stage};
use super::elbv2_routes::{blue_and_green, weights};
use super::{Stage, all, one, refusal};
use crate::service::Service::ElbV2;
use std::time::Duration;

#[test]
fn attributes_are_changed_within_their_ranges_all_or_none() {
    let (mut stage, arn) = stage();
    let set = |pairs: &[(&str, &str)]| {
        let pairs = pairs.iter().enumerate().map(|(at, (key, value))| {
            let name = format!("Attributes.member.{}", at + 1);
            format!("&{name}.Key={key}&{name}.Value={value}")
        });
        arn.clone() + &pairs.collect::<Vec<_>>().concat()
    };
    let slow = ("slow_start.duration_seconds", "30");
    let delay = ("deregistration_delay.timeout_seconds", "3601");
    let mut refused = |pairs: &[(&str, &str)]| {
        refusal(
            &mut stage,
            ElbV2,
            "ModifyTargetGroupAttributes",
            &set(pairs),
        )
        .0
    };
    assert_eq!(refused(&[slow, delay]), "ValidationError");
    let sticky = ("stickiness.enabled", "true");
    assert_eq!(refused(&[sticky]), "InvalidConfigurationRequest");
    let least = (
        "load_balancing.algorithm.type",
        "least_outstanding_requests",
    );
    assert_eq!(refused(&[slow, least]), "InvalidConfigurationRequest");
    assert_eq!(refused(&[("no.such.key", "1")]), "ValidationError");
    let group = stage.target_group.clone();
    let known = |stage: &Stage| stage.world.target_group(&group).expect("it").slow_start;
    assert_eq!(known(&stage), Duration::ZERO);
    ask(&mut stage, "ModifyTargetGroupAttributes", &set(&[slow]));
    assert_eq!(known(&stage), Duration::from_secs(30));
    let balancer = format!("LoadBalancerArn={}", stage.world.load_balancers()[0].arn);
    let set = |key: &str, value: &str| {
        format!("{balancer}&Attributes.member.1.Key={key}&Attributes.member.1.Value={value}")
    };
    let action = "ModifyLoadBalancerAttributes";
    ask(
        &mut stage,
        action,
        &set("idle_timeout.timeout_seconds", "4000"),
    );
    ask(&mut stage, action, &set("client_keep_alive.seconds", "60"));
    let attributes = stage.world.load_balancers()[0].attributes;
    assert_eq!(attributes.idle_timeout, Duration::from_secs(4000));
    assert_eq!(attributes.client_keep_alive, Duration::from_mins(1));
    let young = set("client_keep_alive.seconds", "59");
    assert_eq!(
        refusal(&mut stage, ElbV2, action, &young).0,
        "ValidationError"
    );
}

#[test]
fn targets_are_registered_by_hand_and_drain_when_they_go() {
    let (mut stage, _) = stage();
    let (blue, green, listener) = blue_and_green(&mut stage);
    let body = weights(&listener, &[(&blue, 1), (&green, 1)]);
    ask(&mut stage, "ModifyListener", &body);
    let member = stage.group().members.keys().next().cloned().expect("one");
    let target = format!("TargetGroupArn={green}&Targets.member.1.Id={member}");
    ask(&mut stage, "RegisterTargets", &target);
    let xml = ask(&mut stage, "DescribeTargetHealth", &target);
    assert_eq!(one(&xml, "Reason"), "Elb.RegistrationInProgress");
    ask(&mut stage, "DeregisterTargets", &target);
    let xml = ask(&mut stage, "DescribeTargetHealth", &target);
    assert_eq!(one(&xml, "State"), "draining");
    // Registered again, the end of the delay says nothing any more.
    ask(&mut stage, "RegisterTargets", &target);
    stage.pass(Duration::from_mins(10));
    let xml = ask(&mut stage, "DescribeTargetHealth", &target);
    assert_eq!(one(&xml, "State"), "initial");
    ask(&mut stage, "DeregisterTargets", &target);
    stage.pass(Duration::from_mins(10));
    let xml = ask(&mut stage, "DescribeTargetHealth", &target);
    assert_eq!(one(&xml, "Reason"), "Target.NotRegistered");
    let unknown = format!("TargetGroupArn={green}&Targets.member.1.Id=i-0123456789abcdef0");
    ask(&mut stage, "DeregisterTargets", &unknown);
    let mut refused = |body: &str| refusal(&mut stage, ElbV2, "RegisterTargets", body).0;
    assert_eq!(refused(&unknown), "InvalidTarget");
    assert_eq!(
        refused(&format!("{target}&Targets.member.1.Port=81")),
        "InvalidTarget"
    );
}

#[test]
fn tags_and_limits() {
    let (mut stage, _) = stage();
    let (_, green, listener) = blue_and_green(&mut stage);
    let both = format!("ResourceArns.member.1={green}&ResourceArns.member.2={listener}");
    let tag = "Tags.member.1.Key=team&Tags.member.1.Value=x";
    ask(&mut stage, "AddTags", &format!("{both}&{tag}"));
    let xml = ask(&mut stage, "DescribeTags", &both);
    assert_eq!(all(&xml, "Key"), ["a", "team", "team"]);
    ask(
        &mut stage,
        "RemoveTags",
        &format!("{both}&TagKeys.member.1=team"),
    );
    let xml = ask(&mut stage, "DescribeTags", &both);
    assert_eq!(all(&xml, "Key"), ["a"]);
    let unknown = format!("ResourceArns.member.1=arn:aws:nothing&{tag}");
    assert_eq!(
        refusal(&mut stage, ElbV2, "AddTags", &unknown).0,
        "LoadBalancerNotFound"
    );
    let xml = ask(&mut stage, "DescribeAccountLimits", "PageSize=1");
    assert_eq!(all(&xml, "Max").len(), 1);
    assert!(!one(&xml, "NextMarker").is_empty());
}

#[test]
fn what_a_target_group_cannot_be_is_refused() {
    let (mut stage, _) = stage();
    let good = "Name=blue&Protocol=HTTP&Port=80&VpcId=vpc-1";
    let mut refused = |body: &str| refusal(&mut stage, ElbV2, "CreateTargetGroup", body).0;
    for (parameter, code) in [
        ("ProtocolVersion=GRPC", "InvalidConfigurationRequest"),
        ("TargetType=lambda", "InvalidConfigurationRequest"),
        ("HealthCheckPort=9000", "InvalidConfigurationRequest"),
        ("HealthCheckIntervalSeconds=4", "ValidationError"),
        ("HealthCheckTimeoutSeconds=30", "ValidationError"),
        ("HealthCheckPath=ready", "ValidationError"),
        ("Matcher.HttpCode=500", "ValidationError"),
        ("HealthyThresholdCount=1", "ValidationError"),
        ("TargetControlPort=9", "ValidationError"),
    ] {
        assert_eq!(refused(&format!("{good}&{parameter}")), code, "{parameter}");
    }
    assert_eq!(
        refused("Name=-b&Protocol=HTTP&Port=80&VpcId=v"),
        "ValidationError"
    );
    assert_eq!(
        refused("Name=fleet&Protocol=HTTP&Port=80&VpcId=v"),
        "DuplicateTargetGroupName"
    );
}
