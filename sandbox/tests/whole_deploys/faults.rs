//! Faults in whole deploys: what `deploy` and the agents make of them, and what the report says.

use crate::support::{PATIENCE, Run, Sandbox, one_at_a_time, programs};
use serde_json::Value;
use std::process::Command;
use std::time::Instant;

/// A rehearsal of few requests: what is asked here is how it ends.
fn rehearse(faults: &[&str]) -> (Run, Value) {
    let _turn = one_at_a_time();
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report");
    let mut command = Command::new(programs().join("sandbox"));
    command
        .args([
            "rehearse",
            "--rate",
            "100",
            "--min-requests",
            "500",
            "--seed",
            "1",
        ])
        .arg("--state")
        .arg(folder.path().join("state"))
        .arg("--report")
        .arg(&report);
    for fault in faults {
        command.args(["--fault", fault]);
    }
    let run = Run::of(command.output().unwrap());
    let json = std::fs::read_to_string(report.join("report.json"))
        .unwrap_or_else(|_| panic!("{}", run.all()));
    let html = std::fs::read_to_string(report.join("report.html")).unwrap();
    for fault in faults {
        assert!(run.out.contains(fault), "the text tells: {}", run.all());
        assert!(html.contains(fault), "the page tells");
    }
    (run, serde_json::from_str(&json).unwrap())
}

fn hits(report: &Value) -> u64 {
    report["faults"][0]["hits"].as_u64().unwrap()
}

#[test]
fn a_killed_deployer_is_run_again_and_finishes() {
    let (run, report) = rehearse(&["kill-deployer:action=5"]);
    assert_eq!(run.code, 0, "{}", run.all());
    assert_eq!(report["deploy"]["runs"], 2);
    assert_eq!(hits(&report), 1);
    assert_eq!(report["requests"]["failed"], 0);
}

#[test]
fn a_release_that_dies_at_its_start_is_rolled_back_and_nothing_is_lost() {
    let (run, report) = rehearse(&["crash-at-start:version=1.1.0"]);
    assert_eq!(run.code, 1, "{}", run.all());
    assert_eq!(report["deploy"]["exit_code"], 3, "{}", run.all());
    assert!(hits(&report) > 0);
    assert_eq!(report["requests"]["failed"], 0);
}

#[test]
fn a_full_disk_is_told_by_the_agent_and_rolled_back() {
    let (run, report) = rehearse(&["full-disk:version=1.1.0"]);
    assert_eq!(report["deploy"]["exit_code"], 3, "{}", run.all());
    let told = ["No space left on device", "File too large"];
    assert!(
        told.iter().any(|told| run.err.contains(told)),
        "{}",
        run.all()
    );
}

#[test]
fn lost_replies_and_throttling_cost_a_deploy_nothing() {
    let (run, report) = rehearse(&["lost-reply:times=3", "throttle:chance=0.1"]);
    assert_eq!(run.code, 0, "{}", run.all());
    assert_eq!(hits(&report), 3);
    assert_eq!(report["requests"]["failed"], 0);
}

#[test]
fn a_lost_completion_runs_into_the_hooks_timeout_and_loses_nothing() {
    let (run, report) = rehearse(&["lose-hook:name=baton-launch"]);
    assert_eq!(hits(&report), 1);
    assert_eq!(report["deploy"]["exit_code"], 3, "{}", run.all());
    assert_eq!(report["requests"]["failed"], 0);
}

/// Asks until the answer holds `word`; each question takes the time that the next look is worth.
fn until_told(sandbox: &Sandbox, service: &str, form: &str, word: &str) {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        if sandbox.aws(service, form).contains(word) {
            return;
        }
    }
    panic!("{form} never told {word}");
}

#[test]
fn an_alarm_is_raised_as_soon_as_it_exists() {
    let sandbox = Sandbox::up(&["--fault", "raise-alarm:name=errors"]);
    let call = |action: &str| format!("Version=2010-08-01&Action={action}");
    let alarm = "AlarmName=errors&Namespace=x&MetricName=y&Statistic=Sum&Period=60&EvaluationPeriods=1\
                 &Threshold=1&ComparisonOperator=GreaterThanThreshold";
    sandbox.aws("monitoring", &format!("{}&{alarm}", call("PutMetricAlarm")));
    let alarms = call("DescribeAlarms");
    until_told(
        &sandbox,
        "monitoring",
        &alarms,
        "<StateValue>ALARM</StateValue>",
    );
}

#[test]
fn the_target_group_finds_a_member_that_flaps() {
    let sandbox = Sandbox::up(&["--fault", "flap-health:member=oldest,requests=4"]);
    let group = sandbox.said("target_group_arn").replace(':', "%3A");
    let form = format!("Version=2015-12-01&Action=DescribeTargetHealth&TargetGroupArn={group}");
    let service = "elasticloadbalancing";
    until_told(&sandbox, service, &form, "Target.FailedHealthChecks");
}

/// The instance that lost its power, once one has.
fn victim(sandbox: &Sandbox) -> String {
    let instances = sandbox.state.path().join("instances");
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        for instance in std::fs::read_dir(&instances).unwrap().flatten() {
            let console = std::fs::read_to_string(instance.path().join("console.log"));
            if console.is_ok_and(|console| console.contains("signal 9")) {
                return instance.file_name().to_string_lossy().into_owned();
            }
        }
        // A question to the sandbox takes the time that the next look is worth.
        sandbox.snapshot();
    }
    panic!("no instance was killed");
}

#[test]
fn the_same_seed_kills_the_same_instance() {
    let story = || {
        let sandbox = Sandbox::up(&["--seed", "7", "--fault", "kill-instance"]);
        victim(&sandbox)
    };
    assert_eq!(story(), story());
}
