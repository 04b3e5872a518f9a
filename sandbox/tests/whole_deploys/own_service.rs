//! Somebody's own service: one that keeps the app contract of the README, and two that do not.

use crate::support::{Run, one_at_a_time, programs};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// The service of the README.
fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/own-service.py")
}

fn rehearse(folder: &Path, program: &Path) -> Run {
    let _turn = one_at_a_time();
    let mut command = Command::new(programs().join("sandbox"));
    command
        .args(["rehearse", "--rate", "200", "--min-requests", "500"])
        .args(["--instances", "2", "--state"])
        .arg(folder.join("state"))
        .arg("--from")
        .arg(program);
    Run::of(command.output().unwrap())
}

fn script(folder: &Path, text: &str) -> PathBuf {
    let path = folder.join("app");
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

const NOTE: &str = "a service has to go on serving for some seconds after SIGTERM";

#[test]
fn a_service_that_keeps_the_contract_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let run = rehearse(folder.path(), &example());
    assert_eq!(run.code, 0, "{}", run.all());
    assert!(run.out.contains("PASSED"), "{}", run.all());
    assert!(!run.out.contains(NOTE), "{}", run.all());
}

#[test]
fn a_service_that_dies_of_sigterm_loses_requests_and_is_told_why() {
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(example()).unwrap();
    let told_to_stay = "signal.signal(signal.SIGTERM, lambda *_: leaving.set())";
    assert!(text.contains(told_to_stay));
    let program = script(folder.path(), &text.replace(told_to_stay, "pass"));
    let run = rehearse(folder.path(), &program);
    assert_eq!(run.code, 1, "{}", run.all());
    assert!(run.out.contains("502 refused"), "{}", run.all());
    assert!(run.out.contains(NOTE), "{}", run.all());
}

#[test]
fn a_service_that_cannot_start_is_given_up_early_with_its_last_words() {
    let folder = tempfile::tempdir().unwrap();
    let program = script(
        folder.path(),
        "#!/bin/sh\necho there is no database >&2\nexit 1\n",
    );
    let began = Instant::now();
    let run = rehearse(folder.path(), &program);
    assert_eq!(run.code, 3, "{}", run.all());
    for told in [
        "error: the service does not start: ",
        " launches of the group have failed and none has succeeded",
        "there is no database",
        "hint: does it take its socket from LISTEN_FDS, say READY=1",
    ] {
        assert!(run.err.contains(told), "{told}: {}", run.all());
    }
    // It used to take the whole minute that a group may take to come up.
    assert!(began.elapsed() < Duration::from_secs(55), "{}", run.all());
}
