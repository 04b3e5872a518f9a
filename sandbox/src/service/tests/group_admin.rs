//! EC2 Auto Scaling: what an operator does to a group and its members.

use super::{Stage, all, answer, one, refusal};
use crate::service::Service::AutoScaling;
use crate::world::tests::stage::Setting;

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
    let id = stage.group().members.keys().next().expect("one").clone();
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
    let id = stage.group().members.keys().next().expect("one").clone();
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
