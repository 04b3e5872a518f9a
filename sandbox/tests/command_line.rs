//! The commands as a shell sees them, where no sandbox has to run for it.
#![expect(clippy::unwrap_used, reason = "a test ends where it is surprised")]

use sandbox::state::StateFolder;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

struct Seen {
    status: Option<i32>,
    stdout: String,
    stderr: String,
}

fn sandbox(args: &[&str], state: &Path) -> Seen {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sandbox"));
    // What cargo tells this test is not meant for the sandbox.
    for name in ["CARGO", "CARGO_MANIFEST_DIR", "SANDBOX_BIN_DIR"] {
        command.env_remove(name);
    }
    let output = command
        .args(args)
        .arg("--state")
        .arg(state)
        .output()
        .unwrap();
    Seen {
        status: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn without_a_sandbox_there_is_nothing_to_tell_and_nothing_to_end() {
    let folder = tempfile::tempdir().unwrap();
    for command in ["env", "down"] {
        let seen = sandbox(&[command], folder.path());
        assert_eq!(seen.status, Some(2), "{}", seen.stderr);
        assert_eq!(seen.stdout, "");
        assert!(
            seen.stderr.starts_with("error: no sandbox runs in "),
            "{}",
            seen.stderr
        );
        assert!(
            seen.stderr.contains("\nhint: start one with `sandbox up`"),
            "{}",
            seen.stderr
        );
    }
}

#[test]
fn a_missing_program_is_named_before_anything_is_touched() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let programs = folder.path().display().to_string();
    let seen = sandbox(&["up", "--bin-dir", &programs], &state);
    assert_eq!(seen.status, Some(3), "{}", seen.stderr);
    assert!(
        seen.stderr
            .starts_with("error: there is no program deploy in "),
        "{}",
        seen.stderr
    );
    assert!(seen.stderr.contains("\nhint: "), "{}", seen.stderr);
    assert!(!state.exists());
}

#[test]
fn a_second_sandbox_in_the_same_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let _held = StateFolder::at(&state).unwrap().take().unwrap();
    for program in ["deploy", "baton-agent", "baton-server"] {
        std::fs::write(folder.path().join(program), "").unwrap();
    }
    let programs = folder.path().display().to_string();
    let seen = sandbox(&["up", "--bin-dir", &programs], &state);
    assert_eq!(seen.status, Some(2), "{}", seen.stderr);
    let process = format!("already (process {})", std::process::id());
    assert!(seen.stderr.contains(&process), "{}", seen.stderr);
    assert!(
        seen.stderr.contains("\nhint: end it with `sandbox down`"),
        "{}",
        seen.stderr
    );
}

#[test]
fn nonsense_is_refused_with_a_usage_error() {
    let folder = tempfile::tempdir().unwrap();
    for args in [
        &["up", "--instances", "0"][..],
        &["up", "--profile", "slow"],
        &["rehearse", "--version", "1.0.0"],
        &["rehearse", "--rate", "0"],
    ] {
        assert_eq!(sandbox(args, folder.path()).status, Some(2), "{args:?}");
    }
}

#[test]
fn what_is_on_a_leash_dies_with_whoever_holds_it() {
    let script = format!(
        "'{}' leash --parent $$ -- /bin/sleep 1000 & echo $!; wait",
        env!("CARGO_BIN_EXE_sandbox")
    );
    let mut holder = Command::new("/bin/sh")
        .args(["-c", &script])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(holder.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let pid = rustix::process::Pid::from_raw(line.trim().parse().unwrap()).unwrap();
    let sleeper = rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()).unwrap();
    // Only once it is the program itself, the leash is on.
    while !std::fs::read_link(format!("/proc/{}/exe", line.trim()))
        .is_ok_and(|program| program.ends_with("sleep") || program.ends_with("coreutils"))
    {
        std::thread::yield_now();
    }
    holder.kill().unwrap();
    holder.wait().unwrap();
    let mut gone = [rustix::event::PollFd::new(
        &sleeper,
        rustix::event::PollFlags::IN,
    )];
    rustix::event::poll(&mut gone, None).unwrap();
}
