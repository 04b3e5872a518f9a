//! EC2 Auto Scaling.

use super::{Stage, all, answer, one, refusal};
use crate::service::Service::AutoScaling;
use crate::world::tests::stage::{Release, SECOND, Setting};

fn ask(stage: &mut Stage, action: &str, body: &str) -> String {
    answer(stage, AutoScaling, action, body)
}

fn code(stage: &mut Stage, action: &str, body: &str) -> String {
    refusal(stage, AutoScaling, action, body).0
}

#[test]
fn a_group_is_described_with_its_members() {
    let mut stage = Stage::settled(&Setting::default());
    let xml = ask(
        &mut stage,
        "DescribeAutoScalingGroups",
        "AutoScalingGroupNames.member.1=fleet",
    );
    assert_eq!(all(&xml, "AutoScalingGroupName"), ["fleet"]);
    assert_eq!(all(&xml, "LifecycleState"), ["InService"; 4]);
    assert_eq!(all(&xml, "HealthStatus"), ["Healthy"; 4]);
    assert_eq!(
        all(&xml, "Version"),
        ["1"; 5],
        "the group's and its members'"
    );
    assert_eq!(one(&xml, "DesiredCapacity"), "4");
    assert_eq!(one(&xml, "CreatedTime"), "2030-01-01T00:00:00Z");
    let without = ask(
        &mut stage,
        "DescribeAutoScalingGroups",
        "IncludeInstances=false",
    );
    assert!(!without.contains("InstanceId"));
    let other = "AutoScalingGroupNames.member.1=other";
    let none = ask(&mut stage, "DescribeAutoScalingGroups", other);
    assert_eq!(none, "<AutoScalingGroups></AutoScalingGroups>");
}

#[test]
fn a_refresh_is_started_watched_and_paged() {
    let mut stage = Stage::settled(&Setting {
        desired: 1,
        ..Setting::default()
    });
    stage.release(Release::Good);
    let start = format!(
        "AutoScalingGroupName=fleet&Strategy=Rolling\
         &DesiredConfiguration.LaunchTemplate.LaunchTemplateId={}\
         &DesiredConfiguration.LaunchTemplate.Version=2&Preferences.MinHealthyPercentage=100\
         &Preferences.MaxHealthyPercentage=110&Preferences.InstanceWarmup=0\
         &Preferences.SkipMatching=true&Preferences.AutoRollback=true\
         &Preferences.ScaleInProtectedInstances=Ignore&Preferences.StandbyInstances=Ignore\
         &Preferences.AlarmSpecification.Alarms=",
        stage.template
    );
    let first = ask(&mut stage, "StartInstanceRefresh", &start);
    assert_eq!(
        code(&mut stage, "StartInstanceRefresh", &start),
        "InstanceRefreshInProgress"
    );
    let group = "AutoScalingGroupName=fleet";
    let xml = ask(&mut stage, "DescribeInstanceRefreshes", group);
    assert_eq!(one(&xml, "Status"), "Pending");
    assert_eq!(one(&xml, "MaxHealthyPercentage"), "110");
    assert_eq!(one(&xml, "AutoRollback"), "true");
    assert_eq!(one(&xml, "ScaleInProtectedInstances"), "Ignore");
    assert!(!xml.contains("EndTime") && !xml.contains("RollbackDetails"));
    stage.until_refreshed();
    let xml = ask(&mut stage, "DescribeInstanceRefreshes", group);
    assert_eq!(one(&xml, "Status"), "Successful");
    assert_eq!(one(&xml, "PercentageComplete"), "100");
    let second = ask(&mut stage, "StartInstanceRefresh", group);
    let page = ask(
        &mut stage,
        "DescribeInstanceRefreshes",
        &format!("{group}&MaxRecords=1"),
    );
    assert_eq!(
        one(&page, "InstanceRefreshId"),
        one(&second, "InstanceRefreshId"),
        "newest first"
    );
    let next = format!("{group}&MaxRecords=1&NextToken={}", one(&page, "NextToken"));
    let page = ask(&mut stage, "DescribeInstanceRefreshes", &next);
    assert_eq!(
        one(&page, "InstanceRefreshId"),
        one(&first, "InstanceRefreshId")
    );
    assert!(!page.contains("NextToken"));
    let bad = format!("{group}&NextToken=abc");
    assert_eq!(
        code(&mut stage, "DescribeInstanceRefreshes", &bad),
        "InvalidNextToken"
    );
}

#[test]
fn a_rollback_shows_its_details() {
    let mut stage = Stage::settled(&Setting::default());
    stage.release(Release::Abandons);
    let start = "AutoScalingGroupName=fleet\
                 &DesiredConfiguration.LaunchTemplate.LaunchTemplateName=fleet\
                 &DesiredConfiguration.LaunchTemplate.Version=2";
    let started = ask(&mut stage, "StartInstanceRefresh", start);
    stage.pass(60 * SECOND);
    let group = "AutoScalingGroupName=fleet";
    let rolled = ask(&mut stage, "RollbackInstanceRefresh", group);
    assert_eq!(rolled, started, "the same id");
    let xml = ask(&mut stage, "DescribeInstanceRefreshes", group);
    assert_eq!(one(&xml, "Status"), "RollbackInProgress");
    assert_eq!(one(&xml, "PercentageCompleteOnRollback"), "0");
    let again = code(&mut stage, "RollbackInstanceRefresh", group);
    assert_eq!(again, "ActiveInstanceRefreshNotFound");
    let cancelled = format!("{group}&WaitForTransitioningInstances=false");
    assert_eq!(
        ask(&mut stage, "CancelInstanceRefresh", &cancelled),
        started
    );
}

#[test]
fn hooks_are_described_and_completed() {
    let mut stage = Stage::settled(&Setting {
        desired: 1,
        ..Setting::default()
    });
    stage.releases.insert(1, Release::Hangs);
    let group = "AutoScalingGroupName=fleet";
    let xml = ask(&mut stage, "DescribeLifecycleHooks", group);
    assert_eq!(all(&xml, "LifecycleHookName"), ["launch", "terminate"]);
    assert_eq!(all(&xml, "GlobalTimeout"), ["6000", "6000"]);
    assert_eq!(
        one(&xml, "LifecycleTransition"),
        "autoscaling:EC2_INSTANCE_LAUNCHING"
    );
    ask(
        &mut stage,
        "SetDesiredCapacity",
        &format!("{group}&DesiredCapacity=2"),
    );
    stage.pass(5 * SECOND);
    let xml = ask(&mut stage, "DescribeAutoScalingInstances", "");
    assert_eq!(one(&xml, "HealthStatus"), "HEALTHY");
    let at = all(&xml, "LifecycleState")
        .iter()
        .position(|s| *s == "Pending:Wait");
    let id = all(&xml, "InstanceId")[at.expect("one waits")].to_owned();
    let action = format!("{group}&LifecycleHookName=launch&InstanceId={id}");
    assert_eq!(
        ask(&mut stage, "RecordLifecycleActionHeartbeat", &action),
        ""
    );
    let complete = format!("{action}&LifecycleActionResult=CONTINUE");
    assert_eq!(ask(&mut stage, "CompleteLifecycleAction", &complete), "");
    let (code, message) = refusal(
        &mut stage,
        AutoScaling,
        "CompleteLifecycleAction",
        &complete,
    );
    assert_eq!(code, "ValidationError");
    assert_eq!(
        message,
        format!("No active Lifecycle Action found with instance ID {id}")
    );
}

#[test]
fn activities_are_filtered_and_those_under_way_come_first() {
    let mut stage = Stage::settled(&Setting {
        desired: 2,
        ..Setting::default()
    });
    let group = "AutoScalingGroupName=fleet";
    ask(
        &mut stage,
        "SetDesiredCapacity",
        &format!("{group}&DesiredCapacity=1"),
    );
    let xml = ask(&mut stage, "DescribeScalingActivities", group);
    let expected = [
        "WaitingForELBConnectionDraining",
        "Successful",
        "Successful",
    ];
    assert_eq!(all(&xml, "StatusCode"), expected);
    assert!(one(&xml, "Details").starts_with("{\"Availability Zone\":\"us-east-1"));
    let since = format!(
        "{group}&Filters.member.1.Name=StartTimeLowerBound&Filters.member.1.Values.member.1=\
         2030-01-01T00:00:05Z"
    );
    assert_eq!(
        all(
            &ask(&mut stage, "DescribeScalingActivities", &since),
            "StatusCode"
        )
        .len(),
        1
    );
}

#[test]
fn members_are_terminated_and_marked_unhealthy() {
    let mut stage = Stage::settled(&Setting {
        desired: 2,
        ..Setting::default()
    });
    let ids: Vec<_> = stage.group().members.keys().cloned().collect();
    let first = format!("InstanceId={}&ShouldDecrementDesiredCapacity=true", ids[0]);
    let xml = ask(&mut stage, "TerminateInstanceInAutoScalingGroup", &first);
    assert!(one(&xml, "Description").starts_with("Terminating EC2 instance: i-"));
    assert_eq!(stage.group().desired, 1);
    stage.pass(60 * SECOND);
    let second = format!("InstanceId={}&HealthStatus=Unhealthy", ids[1]);
    assert_eq!(ask(&mut stage, "SetInstanceHealth", &second), "");
    stage.until_settled();
    assert!(!stage.group().members.contains_key(&ids[1]));
}

#[test]
fn the_small_describes_answer() {
    let mut stage = Stage::settled(&Setting {
        desired: 1,
        ..Setting::default()
    });
    let group = "AutoScalingGroupName=fleet";
    let attached = ask(&mut stage, "DescribeLoadBalancerTargetGroups", group);
    assert_eq!(
        one(&attached, "LoadBalancerTargetGroupARN"),
        stage.target_group
    );
    assert_eq!(one(&attached, "State"), "InService");
    assert_eq!(ask(&mut stage, "DescribeTags", ""), "<Tags></Tags>");
    let update = format!("{group}&MinSize=1&MaxSize=3&HealthCheckGracePeriod=7");
    assert_eq!(ask(&mut stage, "UpdateAutoScalingGroup", &update), "");
    assert_eq!((stage.group().min, stage.group().max), (1, 3));
}

#[test]
fn what_is_not_modelled_is_refused_by_name() {
    let mut stage = Stage::settled(&Setting {
        desired: 1,
        ..Setting::default()
    });
    assert_eq!(code(&mut stage, "PutWarmPool", ""), "InvalidAction");
    let start = "StartInstanceRefresh";
    let refused = [
        "Strategy=ReplaceRootVolume",
        "DesiredConfiguration.MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification.\
         Version=2",
        "Preferences.NoSuchThing=1",
        "Preferences.MinHealthyPercentage=many",
    ];
    for parameter in refused {
        let body = format!("AutoScalingGroupName=fleet&{parameter}");
        let (code, message) = refusal(&mut stage, AutoScaling, start, &body);
        assert_eq!(code, "ValidationError", "{parameter}");
        let named = ["ReplaceRootVolume", "MixedInstancesPolicy"];
        let named = named
            .iter()
            .any(|name| parameter.contains(name) && message.contains(name));
        let path = parameter.split('=').next().unwrap_or_default();
        assert!(named || message.contains(path), "{message}");
    }
    assert!(stage.group().refreshes.is_empty());
}

#[test]
fn pages_have_their_sizes_and_activities_tell_the_subnet() {
    let mut stage = Stage::settled(&Setting::default());
    for (action, body) in [
        ("DescribeAutoScalingInstances", ""),
        ("DescribeTrafficSources", "AutoScalingGroupName=fleet&"),
    ] {
        ask(&mut stage, action, &format!("{body}MaxRecords=50"));
        let refused = code(&mut stage, action, &format!("{body}MaxRecords=51"));
        assert_eq!(refused, "ValidationError", "{action}");
    }
    let subnets = "AutoScalingGroupName=fleet&VPCZoneIdentifier=subnet-1,subnet-2,subnet-3";
    ask(&mut stage, "UpdateAutoScalingGroup", subnets);
    let xml = ask(&mut stage, "DescribeScalingActivities", "");
    for details in all(&xml, "Details") {
        let details: serde_json::Value = serde_json::from_str(details).expect("JSON");
        let zone = details["Availability Zone"].as_str().expect("a zone");
        let subnet = match zone {
            "us-east-1a" => "subnet-1",
            "us-east-1b" => "subnet-2",
            _ => "subnet-3",
        };
        assert_eq!(details["Subnet ID"], subnet, "{zone}");
    }
}
