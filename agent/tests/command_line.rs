//! What a person meets who calls the binary.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::process::{Command, Output};

fn agent(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_baton-agent"))
        .args(args)
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn help_shows_a_whole_configuration_and_hides_the_shim() {
    let help = agent(&["run", "--help"]);
    assert!(help.status.success());
    let text = String::from_utf8(help.stdout).unwrap();
    assert!(text.contains("health_path") && text.contains("terminate_hook"));
    let overview = String::from_utf8(agent(&["--help"]).stdout).unwrap();
    assert!(
        overview.contains("run") && !overview.contains("exec"),
        "{overview}"
    );
}

#[test]
fn a_bad_configuration_ends_in_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("agent.toml");
    let missing = agent(&["run", "--config", path.to_str().unwrap()]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(said(&missing).contains("cannot read"), "{}", said(&missing));

    fs::write(&path, "service = \"example\"\nenviroment = \"prod\"\n").unwrap();
    let malformed = agent(&["run", "--config", path.to_str().unwrap()]);
    assert_eq!(malformed.status.code(), Some(1));
    let text = said(&malformed);
    assert!(
        text.contains("is not a valid agent configuration"),
        "{text}"
    );
    assert!(
        text.contains("unknown field `enviroment`") && text.contains("line 2"),
        "{text}"
    );
}

#[test]
fn the_shim_passes_its_stdin_on_as_descriptor_three() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("inherited");
    fs::write(&path, "hello").unwrap();
    let own = std::process::id().to_string();
    let script = "cat <&3; cat; echo \" $LISTEN_FDS $((LISTEN_PID - $$))\"";
    let shell = [
        "exec",
        "--die-with-parent",
        "--parent",
        &own,
        "--",
        "/bin/sh",
        "-c",
        script,
    ];
    let output = Command::new(env!("CARGO_BIN_EXE_baton-agent"))
        .args(shell)
        .stdin(fs::File::open(path).unwrap())
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "hello 1 0\n",
        "{}",
        said(&output)
    );
}

#[test]
fn the_shim_starts_nothing_for_an_agent_that_is_gone() {
    let orphan = agent(&[
        "exec",
        "--die-with-parent",
        "--parent",
        "1",
        "--",
        "echo",
        "alive",
    ]);
    assert_eq!(orphan.status.code(), Some(1));
    assert!(orphan.stdout.is_empty());
    assert!(said(&orphan).contains("is gone"), "{}", said(&orphan));
}

#[test]
fn the_shim_names_the_program_that_cannot_start() {
    let own = std::process::id().to_string();
    let absent = agent(&["exec", "--parent", &own, "--", "/no/such/server"]);
    assert_eq!(absent.status.code(), Some(1));
    assert!(
        said(&absent).contains("cannot start /no/such/server"),
        "{}",
        said(&absent)
    );
}
