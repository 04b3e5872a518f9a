//! The main job: `sandbox rehearse` deploys under load and loses nothing; `--naive` shows that it could.

use crate::support::{Run, one_at_a_time, programs};
use serde_json::Value;
use std::process::Command;

fn rehearse(extra: &[&str]) -> (Run, Value) {
    let _turn = one_at_a_time();
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report");
    let output = Command::new(programs().join("sandbox"))
        .arg("rehearse")
        .arg("--state")
        .arg(folder.path().join("state"))
        .arg("--report")
        .arg(&report)
        .args(extra)
        .output();
    let run = Run::of(output.unwrap());
    let json = std::fs::read_to_string(report.join("report.json"))
        .unwrap_or_else(|_| panic!("{}", run.all()));
    let html = std::fs::read_to_string(report.join("report.html")).unwrap();
    assert!(html.contains("<svg"), "the page carries its plots");
    for outside in ["src=\"http", "href=\"http", "@import"] {
        assert!(
            !html.contains(outside),
            "the page is self-contained: {outside}"
        );
    }
    (run, serde_json::from_str(&json).unwrap())
}

#[test]
fn a_rehearsed_deploy_loses_no_request() {
    let (run, report) = rehearse(&[]);
    assert_eq!(run.code, 0, "{}", run.all());
    assert_eq!(report["requests"]["failed"], 0, "{}", run.all());
    assert!(
        report["requests"]["sent"].as_u64().unwrap() >= 20_000,
        "{}",
        run.all()
    );
    assert_eq!(report["deploy"]["exit_code"], 0);
}

#[test]
fn instances_that_leave_as_most_software_does_lose_requests() {
    let (run, report) = rehearse(&["--naive"]);
    assert_eq!(
        run.code,
        1,
        "a rehearsal that lost requests fails: {}",
        run.all()
    );
    assert!(
        report["requests"]["failed"].as_u64().unwrap() > 0,
        "{}",
        run.all()
    );
    assert_eq!(
        report["deploy"]["exit_code"],
        0,
        "the deploy itself went through: {}",
        run.all()
    );
}
