//! Elastic Load Balancing, version 2: load balancers, listeners, rules.

use super::elbv2::{ask, stage};
use super::{Stage, all, one, refusal};
use crate::service::Service::ElbV2;

/// A second target group and the listener of the first.
pub(super) fn blue_and_green(stage: &mut Stage) -> (String, String, String) {
    let xml = ask(
        stage,
        "CreateTargetGroup",
        "Name=green&Protocol=HTTP&Port=8080&VpcId=vpc-1&HealthCheckPath=/ready&HealthCheckIntervalSeconds=10&Matcher.HttpCode=200-204,301&Tags.member.1.Key=a&Tags.member.1.Value=b",
    );
    assert_eq!(
        (one(&xml, "HealthCheckPath"), one(&xml, "HttpCode")),
        ("/ready", "200-204,301")
    );
    let green = one(&xml, "TargetGroupArn").to_owned();
    let listener = stage.world.listeners()[0].arn.clone();
    (stage.target_group.clone(), green, listener)
}

pub(super) fn weights(listener: &str, groups: &[(&str, u16)]) -> String {
    let share = |(at, (arn, weight)): (usize, &(&str, u16))| {
        let config = "DefaultActions.member.1.ForwardConfig.TargetGroups.member";
        let number = at + 1;
        format!("&{config}.{number}.TargetGroupArn={arn}&{config}.{number}.Weight={weight}")
    };
    let shares: Vec<String> = groups.iter().enumerate().map(share).collect();
    let forward = "DefaultActions.member.1.Type=forward";
    format!("ListenerArn={listener}&{forward}{}", shares.concat())
}

#[test]
fn weighted_target_groups_are_forwarded_to_and_unused_ones_are_not_probed() {
    let (mut stage, _) = stage();
    let (blue, green, listener) = blue_and_green(&mut stage);
    let member = stage.group().members.keys().next().cloned().expect("one");
    let register = format!("TargetGroupArn={green}&Targets.member.1.Id={member}");
    ask(&mut stage, "RegisterTargets", &register);
    let of_green = format!("TargetGroupArn={green}");
    let xml = ask(&mut stage, "DescribeTargetHealth", &of_green);
    assert_eq!(
        (one(&xml, "State"), one(&xml, "Reason")),
        ("unused", "Target.NotInUse")
    );
    let body = weights(&listener, &[(&blue, 90), (&green, 10)]);
    let xml = ask(&mut stage, "ModifyListener", &body);
    assert_eq!(all(&xml, "Weight"), ["90", "10"]);
    assert_eq!(all(&xml, "TargetGroupArn"), [&*blue, &*green]);
    let xml = ask(&mut stage, "DescribeTargetHealth", &of_green);
    assert_eq!(one(&xml, "Reason"), "Elb.InitialHealthChecking");
    let in_use = refusal(&mut stage, ElbV2, "DeleteTargetGroup", &of_green);
    assert_eq!(in_use.0, "ResourceInUse");
    let body = weights(&listener, &[(&blue, 1)]);
    ask(&mut stage, "ModifyListener", &body);
    let xml = ask(&mut stage, "DescribeTargetHealth", &of_green);
    assert_eq!(one(&xml, "Reason"), "Target.NotInUse");
    ask(&mut stage, "DeleteTargetGroup", &of_green);
    ask(&mut stage, "DeleteTargetGroup", &of_green);
}

#[test]
fn forwarding_is_checked() {
    let (mut stage, _) = stage();
    let (blue, green, listener) = blue_and_green(&mut stage);
    let mut refused = |body: &str| refusal(&mut stage, ElbV2, "ModifyListener", body).0;
    let config = "DefaultActions.member.1.ForwardConfig";
    let heavy = weights(&listener, &[(&blue, 1000)]);
    assert_eq!(refused(&heavy), "ValidationError");
    let twice = weights(&listener, &[(&blue, 1), (&blue, 1)]);
    assert_eq!(refused(&twice), "ValidationError");
    let unknown = weights(&listener, &[("arn:aws:nothing", 1)]);
    assert_eq!(refused(&unknown), "TargetGroupNotFound");
    let unweighted = format!(
        "{}&{config}.TargetGroups.member.2.TargetGroupArn={green}",
        weights(&listener, &[(&blue, 1)])
    );
    assert_eq!(refused(&unweighted), "ValidationError");
    let sticky = format!(
        "{}&{config}.TargetGroupStickinessConfig.Enabled=true",
        weights(&listener, &[(&blue, 1), (&green, 1)])
    );
    assert_eq!(refused(&sticky), "InvalidLoadBalancerAction");
    let login = format!("ListenerArn={listener}&DefaultActions.member.1.Type=authenticate-oidc");
    assert_eq!(refused(&login), "InvalidLoadBalancerAction");
    assert_eq!(refused("ListenerArn=arn:aws:nothing"), "ListenerNotFound");
}

#[test]
fn load_balancers_and_listeners_come_and_go() {
    let (mut stage, _) = stage();
    let (blue, green, _) = blue_and_green(&mut stage);
    let create = "Name=second&Subnets.member.1=subnet-1&Subnets.member.2=subnet-2";
    let xml = ask(&mut stage, "CreateLoadBalancer", create);
    let balancer = one(&xml, "LoadBalancerArn").to_owned();
    assert!(balancer.contains(":loadbalancer/app/second/"), "{balancer}");
    assert_eq!(one(&xml, "Code"), "active");
    let again = ask(&mut stage, "CreateLoadBalancer", create);
    assert_eq!(one(&again, "LoadBalancerArn"), balancer);
    let other = format!("{create}&Scheme=internal");
    assert_eq!(
        refusal(&mut stage, ElbV2, "CreateLoadBalancer", &other).0,
        "DuplicateLoadBalancerName"
    );
    let listen = |group: &str| {
        format!(
            "LoadBalancerArn={balancer}&Protocol=HTTP&Port=81&DefaultActions.member.1.Type=forward&DefaultActions.member.1.TargetGroupArn={group}"
        )
    };
    assert_eq!(
        refusal(&mut stage, ElbV2, "CreateListener", &listen(&blue)).0,
        "TargetGroupAssociationLimit"
    );
    let xml = ask(&mut stage, "CreateListener", &listen(&green));
    let listener = one(&xml, "ListenerArn").to_owned();
    let secure = listen(&green).replace("Protocol=HTTP", "Protocol=HTTPS");
    assert_eq!(
        refusal(&mut stage, ElbV2, "CreateListener", &secure).0,
        "InvalidConfigurationRequest"
    );
    let arn = format!("LoadBalancerArn={balancer}");
    let protect = format!(
        "{arn}&Attributes.member.1.Key=deletion_protection.enabled&Attributes.member.1.Value="
    );
    ask(
        &mut stage,
        "ModifyLoadBalancerAttributes",
        &format!("{protect}true"),
    );
    assert_eq!(
        refusal(&mut stage, ElbV2, "DeleteLoadBalancer", &arn).0,
        "OperationNotPermitted"
    );
    ask(
        &mut stage,
        "ModifyLoadBalancerAttributes",
        &format!("{protect}false"),
    );
    ask(&mut stage, "DeleteLoadBalancer", &arn);
    let named = format!("ListenerArns.member.1={listener}");
    assert_eq!(
        refusal(&mut stage, ElbV2, "DescribeListeners", &named).0,
        "ListenerNotFound"
    );
}

#[test]
fn rules_are_made_ordered_changed_and_deleted() {
    let (mut stage, _) = stage();
    let (_, green, listener) = blue_and_green(&mut stage);
    let rule = |priority: u32, path: &str| {
        format!(
            "ListenerArn={listener}&Priority={priority}&Conditions.member.1.Field=path-pattern&Conditions.member.1.Values.member.1={path}&Conditions.member.2.Field=query-string&Conditions.member.2.QueryStringConfig.Values.member.1.Value=v1&Actions.member.1.Type=forward&Actions.member.1.TargetGroupArn={green}"
        )
    };
    let xml = ask(&mut stage, "CreateRule", &rule(20, "/b/*"));
    let second = one(&xml, "RuleArn").to_owned();
    assert!(second.contains(":listener-rule/app/"), "{second}");
    let xml = ask(&mut stage, "CreateRule", &rule(10, "/a/*"));
    let first = one(&xml, "RuleArn").to_owned();
    assert_eq!(
        refusal(&mut stage, ElbV2, "CreateRule", &rule(10, "/c")).0,
        "PriorityInUse"
    );
    let of = format!("ListenerArn={listener}");
    let xml = ask(&mut stage, "DescribeRules", &of);
    assert_eq!(all(&xml, "Priority"), ["10", "20", "default"]);
    assert_eq!(all(&xml, "IsDefault"), ["false", "false", "true"]);
    let swap = format!(
        "RulePriorities.member.1.RuleArn={first}&RulePriorities.member.1.Priority=20&RulePriorities.member.2.RuleArn={second}&RulePriorities.member.2.Priority=10"
    );
    ask(&mut stage, "SetRulePriorities", &swap);
    let xml = ask(&mut stage, "DescribeRules", &of);
    assert_eq!(all(&xml, "RuleArn")[..2], [&*second, &*first]);
    let change = format!(
        "RuleArn={first}&Actions.member.1.Type=fixed-response&Actions.member.1.FixedResponseConfig.StatusCode=503"
    );
    let xml = ask(&mut stage, "ModifyRule", &change);
    assert_eq!(one(&xml, "StatusCode"), "503");
    let default = stage.world.listeners()[0].default_rule.clone();
    assert_eq!(
        refusal(
            &mut stage,
            ElbV2,
            "DeleteRule",
            &format!("RuleArn={default}")
        )
        .0,
        "OperationNotPermitted"
    );
    ask(&mut stage, "DeleteRule", &format!("RuleArn={first}"));
    assert_eq!(
        refusal(&mut stage, ElbV2, "DeleteRule", &format!("RuleArn={first}")).0,
        "RuleNotFound"
    );
}

#[test]
fn what_cannot_be_a_name_a_tag_an_arn_or_a_condition_is_refused() {
    let (mut stage, _) = stage();
    let mut refused = |action: &str, body: &str| refusal(&mut stage, ElbV2, action, body);
    let two = "Subnets.member.1=subnet-1&Subnets.member.2=subnet-2";
    let internal = format!("Name=internal-a&{two}");
    assert_eq!(
        refused("CreateLoadBalancer", &internal).0,
        "ValidationError"
    );
    let reserved = format!("Name=a&{two}&Tags.member.1.Key=AWS%3Ax");
    assert_eq!(
        refused("CreateLoadBalancer", &reserved).0,
        "ValidationError"
    );
    for (action, body, kind) in [
        ("DescribeTargetHealth", "TargetGroupArn=foo", "target group"),
        (
            "DescribeTargetGroups",
            "TargetGroupArns.member.1=foo",
            "target group",
        ),
        ("DescribeListeners", "LoadBalancerArn=foo", "load balancer"),
        ("DeleteListener", "ListenerArn=foo", "listener"),
        ("DeleteRule", "RuleArn=foo", "listener rule"),
    ] {
        let (code, message) = refused(action, body);
        let expected = format!("'foo' is not a valid {kind} ARN");
        assert_eq!(
            (code.as_str(), message),
            ("ValidationError", expected),
            "{action}"
        );
    }
}
