//! Gamedays: a scenario that ends as it should, and how one that does not is told.

use crate::support::{Run, one_at_a_time, programs};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

fn gameday(state: &Path, args: &[&str]) -> Run {
    let _turn = one_at_a_time();
    let mut command = Command::new(programs().join("sandbox"));
    command.args(["gameday", "--rate", "50", "--seed", "1", "--state"]);
    Run::of(command.arg(state).args(args).output().unwrap())
}

#[test]
fn what_ends_as_it_should_passes_and_only_its_report_stays() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("gameday");
    let run = gameday(&state, &["--only", "crash-at-start", "--instances", "2"]);
    assert_eq!(run.code, 0, "{}", run.all());
    assert!(run.out.contains("PASSED  all 1 scenarios"), "{}", run.all());
    let text = std::fs::read_to_string(state.join("gameday.json")).unwrap();
    let table: Value = serde_json::from_str(&text).unwrap();
    let row = &table["rows"][0];
    assert_eq!(row["seen"]["serving"], "old", "{table}");
    assert_eq!(row["seen"]["lost"], 0);
    assert!(row["seen"]["acted"].as_u64().unwrap() > 0);
    let scenario = state.join("01-server-crashes-at-start");
    assert!(scenario.join("report/report.html").exists());
    let disks = std::fs::read_dir(scenario.join("instances")).unwrap();
    assert_eq!(disks.count(), 0);
}

#[test]
fn what_does_not_fails_says_why_and_keeps_everything() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("gameday");
    let bad = folder.path().join("bad");
    std::fs::write(&bad, "#!/bin/sh\necho broken >&2\nexit 1\n").unwrap();
    let own = [
        "--only",
        "no fault",
        "--instances",
        "2",
        "--output",
        "json",
        "--file",
    ];
    let run = gameday(&state, &[&own[..], &[bad.to_str().unwrap()]].concat());
    assert_eq!(run.code, 1, "{}", run.all());
    let table: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(table["passed"], false);
    let reasons = table["rows"][0]["reasons"].to_string();
    assert!(reasons.contains("rolled back"), "{reasons}");
    let disks = std::fs::read_dir(state.join("01-no-fault/instances")).unwrap();
    assert!(disks.count() > 0);
}

#[test]
fn the_scenarios_are_listed_and_an_unknown_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let run = gameday(folder.path(), &["--list", "--only", "zone"]);
    assert_eq!(run.code, 0, "{}", run.all());
    assert!(run.out.contains("lose-zone"), "{}", run.out);
    let run = gameday(folder.path(), &["--only", "weather"]);
    assert_eq!(run.code, 2, "{}", run.all());
    assert!(run.err.contains("hint: see what there is"), "{}", run.err);
}

#[test]
fn a_strategy_that_deploy_refuses_is_told_in_the_users_own_file_before_anything_is_started() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("own.toml");
    let state = folder.path().join("gameday");
    for (strategy, told) in [
        (
            "failure_budgt = 2",
            "line 4: environments.prod.strategy.failure_budgt",
        ),
        (
            "min_healthy_percentage = 100\nmax_healthy_percentage = 90",
            "environments.prod.strategy.max_healthy_percentage",
        ),
    ] {
        let document = format!("service = \"x\"\n\n[environments.prod.strategy]\n{strategy}\n");
        std::fs::write(&config, document).unwrap();
        let path = config.to_str().unwrap();
        let run = gameday(&state, &["--config", path, "--env", "prod"]);
        assert_eq!(run.code, 2, "{}", run.all());
        assert!(run.err.contains(told), "{}", run.all());
        let error = format!("error: {path}: ");
        assert!(run.err.starts_with(&error), "{}", run.all());
        let hint = format!("hint: correct {path}, nothing was started");
        assert!(run.err.contains(&hint), "{}", run.all());
        assert!(!state.exists(), "nothing was started");
    }
}
