//! The commands as a shell sees them, where no sandbox has to run for it.
#![expect(clippy::unwrap_used, reason = "a test ends where it is surprised")]

use sandbox::state::StateFolder;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
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
    let hint = format!(
        "\nhint: end it with `sandbox down --state '{}'`",
        state.display()
    );
    assert!(seen.stderr.contains(&hint), "{}", seen.stderr);
}

#[test]
fn nonsense_is_refused_with_a_usage_error() {
    let folder = tempfile::tempdir().unwrap();
    for args in [
        &["up", "--instances", "0"][..],
        &["up", "--profile", "slow"],
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

/// A folder with something for every program of a sandbox that can start and does nothing.
fn idle_programs(folder: &Path) -> String {
    for program in ["deploy", "baton-agent", "baton-server"] {
        let path = folder.join(program);
        std::fs::write(&path, "#!/bin/sh\nexit 9\n").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    folder.display().to_string()
}

/// One sentence and one hint on stderr, nothing on stdout, status 2.
fn assert_refused(seen: &Seen, error: &str) {
    assert_eq!(seen.status, Some(2), "{}", seen.stderr);
    assert_eq!(seen.stdout, "");
    let lines: Vec<_> = seen.stderr.lines().collect();
    assert_eq!(lines.len(), 2, "{}", seen.stderr);
    assert!(lines[0].starts_with("error: "), "{}", seen.stderr);
    assert!(lines[0].contains(error), "{}", seen.stderr);
    assert!(lines[1].starts_with("hint: "), "{}", seen.stderr);
}

#[test]
fn a_release_that_cannot_be_published_is_refused_before_anything_is_started() {
    let folder = tempfile::tempdir().unwrap();
    let programs = idle_programs(folder.path());
    let state = folder.path().join("state");
    let missing = folder.path().join("missing").display().to_string();
    let text = folder.path().join("app.py");
    std::fs::write(&text, "import os\n").unwrap();
    let text = text.display().to_string();
    for (option, value, error) in [
        ("--version", "v1.2", "`v1.2` is not a version"),
        ("--version", "1.0.0", "the group starts on 1.0.0"),
        ("--file", &missing, "No such file"),
        ("--file", &programs, "is not a file"),
        ("--file", &text, "is no program"),
        ("--from", &text, "is no program"),
    ] {
        let args = ["rehearse", option, value, "--bin-dir", &programs];
        assert_refused(&sandbox(&args, &state), error);
        assert!(!state.exists(), "{option} {value}");
    }
}

#[test]
fn a_report_that_cannot_be_kept_is_refused_before_anything_is_started() {
    let folder = tempfile::tempdir().unwrap();
    let programs = idle_programs(folder.path());
    let state = folder.path().join("state");
    let in_the_way = folder.path().join("deploy").display().to_string();
    let args = ["rehearse", "--report", &in_the_way, "--bin-dir", &programs];
    assert_refused(&sandbox(&args, &state), &in_the_way);
    assert!(!state.exists());
}

#[test]
fn a_rehearsal_that_does_not_start_leaves_no_report_of_an_earlier_one() {
    let folder = tempfile::tempdir().unwrap();
    let programs = idle_programs(folder.path());
    let state = folder.path().join("state");
    drop(StateFolder::at(&state).unwrap().take().unwrap());
    let named = folder.path().join("named").display().to_string();
    let usual = state.join("report").display().to_string();
    for (report, option) in [
        (&usual, &[][..]),
        (&named, &["--report", named.as_str()][..]),
    ] {
        let report = Path::new(report);
        std::fs::create_dir(report).unwrap();
        for name in ["report.json", "report.html", "notes"] {
            std::fs::write(report.join(name), "PASSED").unwrap();
        }
        let args = [&["rehearse", "--bin-dir", &programs], option].concat();
        let seen = sandbox(&args, &state);
        assert_eq!(seen.status, Some(3), "{}", seen.stderr);
        let left: Vec<_> = std::fs::read_dir(report).unwrap().flatten().collect();
        assert_eq!(left.len(), 1, "{left:?}");
        assert_eq!(left[0].file_name(), "notes");
    }
}

#[test]
fn the_help_says_which_command_ends_how() {
    let output = Command::new(env!("CARGO_BIN_EXE_sandbox"))
        .arg("--help")
        .output()
        .unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    for words in [
        "up: it was up until Ctrl-C, SIGTERM or `sandbox down` ended it",
        "130  interrupted by Ctrl-C or SIGTERM. up: before it was up",
    ] {
        assert!(help.contains(words), "{help}");
    }
}
