//! EC2 Auto Scaling: what an operator does to a group and its members.

use super::{Stage, all, answer, one, refusal};
use crate::service::Service::AutoScaling;
use crate::world::tests::stage::{SECOND, Setting};

const GROUP: &str = "AutoScalingGroupName=fleet";

fn ask(stage: &mut Stage, action: &str, body: &str) -> String {
    answer(stage, AutoScaling, action, body)
}

fn refused(stage: &mut Stage, action: &str, body: &str) -> (String, String) {
    refusal(stage, AutoScaling, action, body)
}

fn group(stage: &mut Stage) -> String {
    ask(stage, "DescribeAutoScalingGroups", "")
}

#[test]
fn members_go_to_standby_and_come_back() {
    let mut stage = Stage::settled(&Setting::default());
    let id = stage.spare();
    let enter = format!("{GROUP}&InstanceIds.member.1={id}&ShouldDecrementDesiredCapacity=true");
    let xml = ask(&mut stage, "EnterStandby", &enter);
    assert_eq!(
        one(&xml, "Description"),
        format!("Moving EC2 instance to Standby: {id}")
    );
    assert_eq!(one(&xml, "StatusCode"), "InProgress");
    assert_eq!(one(&xml, "Progress"), "50");
    assert_eq!(one(&group(&mut stage), "DesiredCapacity"), "3");
    assert!(group(&mut stage).contains("EnteringStandby"));
    let (code, message) = refused(&mut stage, "EnterStandby", &enter);
    assert_eq!(code, "ValidationError");
    assert_eq!(message, format!("The instance {id} is not in InService."));
    stage.until_settled();
    let exit = format!("{GROUP}&InstanceIds.member.1={id}");
    let xml = ask(&mut stage, "ExitStandby", &exit);
    assert_eq!(one(&xml, "StatusCode"), "PreInService");
    assert_eq!(one(&xml, "Progress"), "30");
    stage.until_settled();
    let xml = group(&mut stage);
    assert_eq!(all(&xml, "LifecycleState"), ["InService"; 4]);
    assert_eq!(one(&xml, "DesiredCapacity"), "4");
}

#[test]
fn standby_needs_one_to_twenty_instances() {
    let mut stage = Stage::settled(&Setting::default());
    let (code, _) = refused(&mut stage, "ExitStandby", GROUP);
    assert_eq!(code, "ValidationError");
    let many: Vec<_> = (1..=21)
        .map(|n| format!("&InstanceIds.member.{n}=i-{n:08}"))
        .collect();
    let body = format!("{GROUP}{}", many.concat());
    let (_, message) = refused(&mut stage, "ExitStandby", &body);
    assert!(message.contains("20"), "{message}");
    let body = "AutoScalingGroupName=other&InstanceIds.member.1=i-00000001";
    let (_, message) = refused(&mut stage, "ExitStandby", body);
    assert!(message.starts_with("AutoScalingGroup name not found"));
}

#[test]
fn members_are_protected_from_scale_in() {
    let mut stage = Stage::settled(&Setting::default());
    let id = stage.spare();
    let one_member = format!("{GROUP}&InstanceIds.member.1={id}&ProtectedFromScaleIn=");
    let protect = format!("{one_member}true");
    assert_eq!(ask(&mut stage, "SetInstanceProtection", &protect), "");
    let xml = group(&mut stage);
    let flags = all(&xml, "ProtectedFromScaleIn");
    assert_eq!(flags.iter().filter(|f| **f == "true").count(), 1);
    let described = format!("InstanceIds.member.1={id}");
    let xml = ask(&mut stage, "DescribeAutoScalingInstances", &described);
    assert_eq!(one(&xml, "ProtectedFromScaleIn"), "true");
    let unprotect = format!("{one_member}false");
    ask(&mut stage, "SetInstanceProtection", &unprotect);
    assert!(!stage.group().members[&id].protected);
    let update = format!("{GROUP}&NewInstancesProtectedFromScaleIn=true");
    ask(&mut stage, "UpdateAutoScalingGroup", &update);
    let xml = group(&mut stage);
    assert_eq!(one(&xml, "NewInstancesProtectedFromScaleIn"), "true");
}

#[test]
fn processes_are_suspended_and_resumed() {
    let mut stage = Stage::settled(&Setting::default());
    let xml = ask(&mut stage, "DescribeScalingProcessTypes", "");
    assert_eq!(all(&xml, "ProcessName").len(), 9);
    let two =
        format!("{GROUP}&ScalingProcesses.member.1=Launch&ScalingProcesses.member.2=AZRebalance");
    assert_eq!(ask(&mut stage, "SuspendProcesses", &two), "");
    let xml = group(&mut stage);
    assert_eq!(all(&xml, "ProcessName"), ["AZRebalance", "Launch"]);
    assert!(one(&xml, "SuspensionReason").starts_with("User suspended at 2030-01-01T00:0"));
    ask(&mut stage, "SuspendProcesses", GROUP);
    let xml = group(&mut stage);
    assert_eq!(all(&xml, "ProcessName").len(), 9, "none named means all");
    ask(&mut stage, "ResumeProcesses", &two);
    assert_eq!(all(&group(&mut stage), "ProcessName").len(), 7);
    ask(&mut stage, "ResumeProcesses", GROUP);
    assert!(!group(&mut stage).contains("ProcessName"));
    let bad = format!("{GROUP}&ScalingProcesses.member.1=Lunch");
    let (code, message) = refused(&mut stage, "SuspendProcesses", &bad);
    assert_eq!(code, "ValidationError");
    assert!(message.contains("Lunch"));
}

fn create_body(stage: &Stage, more: &str) -> String {
    format!(
        "AutoScalingGroupName=second&MinSize=1&MaxSize=4&LaunchTemplate.LaunchTemplateId={}\
         &LaunchTemplate.Version=1{more}",
        stage.template
    )
}

#[test]
fn a_group_is_created_described_and_deleted() {
    let mut stage = Stage::settled(&Setting::default());
    let more = format!(
        "&DesiredCapacity=2&TargetGroupARNs.member.1={}&HealthCheckType=ELB\
         &HealthCheckGracePeriod=30&VPCZoneIdentifier=subnet-1,subnet-2\
         &TerminationPolicies.member.1=OldestInstance&TerminationPolicies.member.2=Default\
         &NewInstancesProtectedFromScaleIn=true&DefaultCooldown=60&DefaultInstanceWarmup=5\
         &LifecycleHookSpecificationList.member.1.LifecycleHookName=wait\
         &LifecycleHookSpecificationList.member.1.LifecycleTransition=\
         autoscaling:EC2_INSTANCE_TERMINATING\
         &Tags.member.1.Key=team&Tags.member.1.Value=a&Tags.member.1.PropagateAtLaunch=true\
         &InstanceMaintenancePolicy.MinHealthyPercentage=100\
         &InstanceMaintenancePolicy.MaxHealthyPercentage=110",
        stage.target_group
    );
    let body = create_body(&stage, &more);
    assert_eq!(ask(&mut stage, "CreateAutoScalingGroup", &body), "");
    let (code, _) = refused(&mut stage, "CreateAutoScalingGroup", &body);
    assert_eq!(code, "AlreadyExists");
    stage.until("it settles", |s| s.world.settled("second"));
    let second = "AutoScalingGroupNames.member.1=second";
    let xml = ask(&mut stage, "DescribeAutoScalingGroups", second);
    let expected = [
        ("MinSize", "1"),
        ("DesiredCapacity", "2"),
        ("HealthCheckType", "ELB"),
        ("VPCZoneIdentifier", "subnet-1,subnet-2"),
        ("DefaultCooldown", "60"),
        ("DefaultInstanceWarmup", "5"),
        ("NewInstancesProtectedFromScaleIn", "true"),
        ("MinHealthyPercentage", "100"),
        ("MaxHealthyPercentage", "110"),
        ("Identifier", stage.target_group.as_str()),
        ("Type", "elbv2"),
        ("ResourceId", "second"),
    ];
    for (element, value) in expected {
        assert_eq!(one(&xml, element), value, "{element}");
    }
    assert!(!xml.contains("<Status>"));
    assert_eq!(all(&xml, "LifecycleState"), ["InService"; 2]);
    let group = "AutoScalingGroupName=second";
    let hooks = ask(&mut stage, "DescribeLifecycleHooks", group);
    assert_eq!(one(&hooks, "HeartbeatTimeout"), "3600");
    let (code, _) = refused(&mut stage, "DeleteAutoScalingGroup", group);
    assert_eq!(code, "ResourceInUse");
    let force = format!("{group}&ForceDelete=true");
    assert_eq!(ask(&mut stage, "DeleteAutoScalingGroup", &force), "");
    let xml = ask(&mut stage, "DescribeAutoScalingGroups", second);
    assert_eq!(one(&xml, "Status"), "Delete in progress");
    stage.until("it is gone", |s| s.world.group("second").is_none());
    let (code, _) = refused(&mut stage, "DescribeScalingActivities", group);
    assert_eq!(code, "ValidationError");
    let deleted = format!("{group}&IncludeDeletedGroups=true");
    let xml = ask(&mut stage, "DescribeScalingActivities", &deleted);
    assert_eq!(one(&xml, "AutoScalingGroupState"), "Deleted");
}

#[test]
fn a_group_without_a_template_a_place_or_sense_is_refused() {
    let mut stage = Stage::settled(&Setting::default());
    let zones = "&AvailabilityZones.member.1=us-east-1a";
    let cases = [
        (String::new(), "At least one Availability Zone"),
        ("&AvailabilityZones.member.1=mars-1a".into(), "mars-1a"),
        ("&VPCZoneIdentifier=net-1".into(), "net-1"),
        (format!("{zones}&DesiredCapacity=5"), "Desired capacity:5"),
        (format!("{zones}&TerminationPolicies.member.1=Mine"), "Mine"),
        (
            format!(
                "{zones}&TerminationPolicies.member.1=Default\
                 &TerminationPolicies.member.2=OldestInstance"
            ),
            "must be the last",
        ),
        (
            format!("{zones}&CapacityRebalance=true"),
            "CapacityRebalance",
        ),
        (
            format!("{zones}&MaxInstanceLifetime=86400"),
            "MaxInstanceLifetime",
        ),
        (
            format!(
                "{zones}&InstanceMaintenancePolicy.MinHealthyPercentage=50\
                 &InstanceMaintenancePolicy.MaxHealthyPercentage=160"
            ),
            "at most 100 apart",
        ),
    ];
    for (more, why) in cases {
        let body = create_body(&stage, &more);
        let (code, message) = refused(&mut stage, "CreateAutoScalingGroup", &body);
        assert_eq!(code, "ValidationError", "{more}");
        assert!(message.contains(why), "{message}");
    }
    let without = "AutoScalingGroupName=second&MinSize=1&MaxSize=4";
    let (_, message) = refused(&mut stage, "CreateAutoScalingGroup", without);
    assert!(message.starts_with("Valid requests must contain either LaunchTemplate"));
    assert_eq!(stage.world.groups().count(), 1);
}

#[test]
fn hooks_are_put_and_deleted() {
    let mut stage = Stage::settled(&Setting::default());
    let xml = ask(&mut stage, "DescribeLifecycleHookTypes", "");
    assert!(xml.contains("autoscaling:EC2_INSTANCE_TERMINATING"));
    let hook = format!("{GROUP}&LifecycleHookName=extra");
    let put = format!(
        "{hook}&LifecycleTransition=autoscaling:EC2_INSTANCE_LAUNCHING&HeartbeatTimeout=90\
         &DefaultResult=CONTINUE&NotificationMetadata=about"
    );
    assert_eq!(ask(&mut stage, "PutLifecycleHook", &put), "");
    let named = format!("{GROUP}&LifecycleHookNames.member.1=extra");
    let xml = ask(&mut stage, "DescribeLifecycleHooks", &named);
    assert_eq!(one(&xml, "HeartbeatTimeout"), "90");
    assert_eq!(one(&xml, "DefaultResult"), "CONTINUE");
    let notify = format!("{put}&NotificationTargetARN=arn:aws:sns:us-east-1:000000000000:t");
    let (code, message) = refused(&mut stage, "PutLifecycleHook", &notify);
    assert_eq!(code, "ValidationError");
    assert!(message.contains("NotificationTargetARN"));
    let wrong = format!("{hook}&DefaultResult=MAYBE");
    assert_eq!(
        refused(&mut stage, "PutLifecycleHook", &wrong).0,
        "ValidationError"
    );
    assert_eq!(ask(&mut stage, "DeleteLifecycleHook", &hook), "");
    let (_, message) = refused(&mut stage, "DeleteLifecycleHook", &hook);
    assert!(message.starts_with("No Lifecycle Hook found"));
}

#[test]
fn tags_are_put_and_deleted() {
    let mut stage = Stage::settled(&Setting::default());
    let tag = "Tags.member.1.ResourceId=fleet&Tags.member.1.ResourceType=auto-scaling-group\
               &Tags.member.1.Key=team";
    let put = format!("{tag}&Tags.member.1.Value=a&Tags.member.1.PropagateAtLaunch=true");
    assert_eq!(ask(&mut stage, "CreateOrUpdateTags", &put), "");
    let xml = ask(&mut stage, "DescribeTags", "");
    assert_eq!(one(&xml, "Value"), "a");
    assert_eq!(one(&xml, "PropagateAtLaunch"), "true");
    let other = put.replace("fleet", "other");
    let (_, message) = refused(&mut stage, "CreateOrUpdateTags", &other);
    assert!(message.starts_with("AutoScalingGroup name not found"));
    assert_eq!(ask(&mut stage, "DeleteTags", tag), "");
    assert_eq!(ask(&mut stage, "DescribeTags", ""), "<Tags></Tags>");
}

#[test]
fn what_there_is_to_choose_from_is_described() {
    let mut stage = Stage::settled(&Setting::default());
    let xml = ask(&mut stage, "DescribeTerminationPolicyTypes", "");
    assert!(xml.contains("<member>ClosestToNextInstanceHour</member>"));
    let xml = ask(&mut stage, "DescribeAccountLimits", "");
    assert_eq!(one(&xml, "NumberOfAutoScalingGroups"), "1");
}

#[test]
fn target_groups_and_traffic_sources_are_attached_described_and_detached() {
    let mut stage = Stage::settled(&Setting::default());
    let arn = stage.target_group.clone();
    let older = format!("{GROUP}&TargetGroupARNs.member.1={arn}");
    let newer = format!("{GROUP}&TrafficSources.member.1.Identifier={arn}");
    let detach = "DetachLoadBalancerTargetGroups";
    assert_eq!(ask(&mut stage, detach, &older), "");
    let xml = ask(&mut stage, "DescribeTrafficSources", GROUP);
    assert_eq!(one(&xml, "State"), "Removing");
    assert_eq!(one(&xml, "Identifier"), arn);
    stage.pass(SECOND * 40);
    let xml = ask(&mut stage, "DescribeLoadBalancerTargetGroups", GROUP);
    assert!(!xml.contains("State"));
    let typed = format!("{newer}&TrafficSources.member.1.Type=elbv2");
    assert_eq!(ask(&mut stage, "AttachTrafficSources", &typed), "");
    let xml = ask(&mut stage, "DescribeLoadBalancerTargetGroups", GROUP);
    assert_eq!(one(&xml, "State"), "Adding");
    let (code, _) = refused(&mut stage, detach, &older);
    assert_eq!(code, "ValidationError");
    assert_eq!(ask(&mut stage, "DetachTrafficSources", &newer), "");
    let lattice = format!("{newer}&TrafficSources.member.1.Type=vpc-lattice");
    let (_, message) = refused(&mut stage, "AttachTrafficSources", &lattice);
    assert!(message.contains("vpc-lattice"));
    let nobody = format!("{GROUP}&TargetGroupARNs.member.1=arn:nobody");
    let attach = "AttachLoadBalancerTargetGroups";
    let (code, message) = refused(&mut stage, attach, &nobody);
    assert_eq!(code, "ValidationError");
    assert!(message.starts_with("Provided Target Groups may not be valid"));
    assert_eq!(refused(&mut stage, attach, GROUP).0, "ValidationError");
}

#[test]
fn instances_are_detached_and_attached() {
    let mut stage = Stage::settled(&Setting::default());
    let id = stage.spare();
    let named = format!("{GROUP}&InstanceIds.member.1={id}");
    let detach = format!("{named}&ShouldDecrementDesiredCapacity=true");
    let xml = ask(&mut stage, "DetachInstances", &detach);
    assert_eq!(
        one(&xml, "Description"),
        format!("Detaching EC2 instance: {id}")
    );
    assert_eq!(one(&xml, "StatusCode"), "InProgress");
    let (_, message) = refused(&mut stage, "DetachInstances", &detach);
    assert_eq!(
        message,
        format!("The instance {id} is not in InService or Standby.")
    );
    stage.until_settled();
    assert_eq!(ask(&mut stage, "AttachInstances", &named), "");
    stage.until_settled();
    assert_eq!(stage.group().members.len(), 4);
}

#[test]
fn a_cooldown_is_honored_when_asked_for() {
    let mut stage = Stage::settled(&Setting::default());
    let grow = |to: usize| format!("{GROUP}&HonorCooldown=true&DesiredCapacity={to}");
    let (code, message) = refused(&mut stage, "SetDesiredCapacity", &grow(5));
    assert_eq!(code, "ScalingActivityInProgress");
    assert!(message.ends_with("is in progress and blocks this action"));
    stage.pass(SECOND * 301);
    assert_eq!(ask(&mut stage, "SetDesiredCapacity", &grow(5)), "");
    let (code, _) = refused(&mut stage, "SetDesiredCapacity", &grow(6));
    assert_eq!(code, "ScalingActivityInProgress");
    let anyway = format!("{GROUP}&DesiredCapacity=6");
    assert_eq!(ask(&mut stage, "SetDesiredCapacity", &anyway), "");
}

#[test]
fn zones_and_policies_are_changed() {
    let mut stage = Stage::settled(&Setting::default());
    let update = format!(
        "{GROUP}&AvailabilityZones.member.1=us-east-1b&AvailabilityZones.member.2=us-east-1c\
         &TerminationPolicies.member.1=NewestInstance&DefaultCooldown=9"
    );
    assert_eq!(ask(&mut stage, "UpdateAutoScalingGroup", &update), "");
    let xml = group(&mut stage);
    let zones = one(&xml, "AvailabilityZones");
    assert_eq!(
        zones,
        "<member>us-east-1b</member><member>us-east-1c</member>"
    );
    assert_eq!(one(&xml, "DefaultCooldown"), "9");
    assert!(xml.contains("<member>NewestInstance</member>"));
    let xml = ask(&mut stage, "DescribeScalingActivities", GROUP);
    assert!(one(&xml, "Cause").contains("to balance instances in zones us-east-1a"));
}
