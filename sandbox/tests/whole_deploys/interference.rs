//! Deployments that others meddle with: signals, other tools, damaged files, a control plane that stops answering.

use crate::support::{Run, Sandbox};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// A `deploy` that is still running, its events read so far.
struct Running {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
    out: String,
}

impl Running {
    fn start(sandbox: &Sandbox, version: &str) -> Self {
        Self::of(sandbox, &["--version", version])
    }

    fn of(sandbox: &Sandbox, args: &[&str]) -> Self {
        let mut command = sandbox.command("deploy");
        let mut child = command
            .args(args)
            .args(["--env", "sandbox", "--output", "json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        let out = String::new();
        Self { child, lines, out }
    }

    /// Follows the events until one is as wanted.
    fn until(&mut self, is_it: impl Fn(&Value) -> bool) -> Value {
        loop {
            let mut line = String::new();
            let read = self.lines.read_line(&mut line).unwrap();
            assert!(read > 0, "it ended early: {}", self.out);
            self.out.push_str(&line);
            let event: Value = serde_json::from_str(&line).expect("every line is an object");
            if is_it(&event) {
                return event;
            }
        }
    }

    /// Until the first member of the version has come.
    fn until_first_member(&mut self, version: &str) {
        self.until(|event| event["event"] == "member-changed" && event["version"] == version);
    }

    fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }

    fn end(mut self) -> Run {
        let mut err = String::new();
        self.lines.read_to_string(&mut self.out).unwrap();
        let mut stderr = self.child.stderr.take().unwrap();
        stderr.read_to_string(&mut err).unwrap();
        let code = self.child.wait().unwrap().code().unwrap_or(-1);
        let out = self.out;
        for line in out.lines() {
            serde_json::from_str::<Value>(line).expect("every line is an object");
        }
        Run { code, out, err }
    }
}

fn signal(process: u32, name: &str) {
    let sent = Command::new("kill")
        .args([format!("-{name}"), process.to_string()])
        .status();
    assert!(sent.unwrap().success());
}

fn deploy(sandbox: &Sandbox, version: &str) -> Run {
    sandbox.deploy(&["--version", version, "--env", "sandbox", "--output", "json"])
}

/// The last object that a run wrote.
fn last(run: &Run) -> Value {
    let line = run.out.lines().last();
    serde_json::from_str(line.unwrap_or_else(|| panic!("{}", run.all()))).unwrap()
}

fn autoscaling(sandbox: &Sandbox, action: &str) -> String {
    let group = sandbox.said("group");
    let form = format!("Version=2011-01-01&Action={action}&AutoScalingGroupName={group}");
    sandbox.aws("autoscaling", &form)
}

/// The folder of the newest deployment.
fn newest(sandbox: &Sandbox) -> PathBuf {
    let folder = sandbox.store().join("deployments/example/sandbox");
    let entries = std::fs::read_dir(folder).unwrap().flatten();
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    folders.retain(|path| !path.ends_with("lease"));
    folders.sort();
    folders.pop().unwrap()
}

#[test]
fn whoever_meddles_the_end_is_documented_and_true() {
    let sandbox = Sandbox::up(&["--instances", "2"]);
    for version in ["1.1.0", "1.2.0", "1.3.0"] {
        assert_eq!(sandbox.publish_example(version).code, 0);
    }
    a_refresh_cancelled_by_somebody_is_rolled_back_for_that_reason(&sandbox);
    while_one_deploys_another_is_refused_and_a_pause_of_aws_is_outlived(&sandbox);
    damaged_and_later_files_are_refused_or_left_out(&sandbox);
}

fn a_refresh_cancelled_by_somebody_is_rolled_back_for_that_reason(sandbox: &Sandbox) {
    let mut running = Running::start(sandbox, "1.1.0");
    running.until_first_member("1.1.0");
    autoscaling(sandbox, "CancelInstanceRefresh");
    let run = running.end();
    assert_eq!(run.code, 3, "{}", run.all());
    let reason = &last(&run)["outcome"]["reason"];
    assert_eq!(reason["why"], "refresh-ended", "{}", run.all());
    assert_eq!(sandbox.versions(), ["1.0.0", "1.0.0"]);
}

fn while_one_deploys_another_is_refused_and_a_pause_of_aws_is_outlived(sandbox: &Sandbox) {
    let mut running = Running::start(sandbox, "1.2.0");
    running.until_first_member("1.2.0");
    let same = deploy(sandbox, "1.2.0");
    assert_eq!((same.code, last(&same)["code"].as_u64()), (6, Some(6)));
    let other = deploy(sandbox, "1.3.0");
    assert_eq!((other.code, last(&other)["code"].as_u64()), (21, Some(21)));

    // Longer than the sandbox's lease of five seconds: nobody else took it, so it is renewed and the run goes on.
    let process = sandbox.process();
    signal(process, "STOP");
    std::thread::park_timeout(std::time::Duration::from_secs(7));
    signal(process, "CONT");
    let run = running.end();
    assert_eq!(run.code, 0, "{}", run.all());
    assert_eq!(last(&run)["outcome"]["result"], "done");
    assert_eq!(sandbox.versions(), ["1.2.0", "1.2.0"]);
}

fn damaged_and_later_files_are_refused_or_left_out(sandbox: &Sandbox) {
    let mut running = Running::start(sandbox, "1.3.0");
    running.until_first_member("1.3.0");
    running.signal("TERM");
    let run = running.end();
    assert_eq!(run.code, 130, "{}", run.all());
    assert_eq!(last(&run)["code"], 130);

    let record = newest(sandbox).join("record.json");
    let kept = std::fs::read_to_string(&record).unwrap();
    for damage in [
        "{".to_owned(),
        kept.replace("\"schema\": 1", "\"schema\": 2"),
    ] {
        std::fs::write(&record, damage).unwrap();
        let run = deploy(sandbox, "1.3.0");
        assert_eq!((run.code, last(&run)["code"].as_u64()), (11, Some(11)));
        assert!(last(&run)["hint"].is_string(), "{}", run.all());
    }
    std::fs::write(&record, kept).unwrap();

    let events = std::fs::read_dir(newest(sandbox).join("events")).unwrap();
    let event = events.flatten().next().unwrap().path();
    std::fs::write(event, "{").unwrap();
    let run = deploy(sandbox, "1.3.0");
    assert_eq!(run.code, 0, "history stops nobody: {}", run.all());
    assert_eq!(sandbox.versions(), ["1.3.0", "1.3.0"]);
}

#[test]
fn a_rollback_that_was_ended_half_way_says_how_it_is_finished() {
    let sandbox = Sandbox::up(&[]);
    for version in ["1.1.0", "1.2.0"] {
        assert_eq!(sandbox.publish_example(version).code, 0);
    }
    let run = deploy(&sandbox, "1.1.0");
    assert_eq!(run.code, 0, "{}", run.all());
    let mut rollback = Running::of(&sandbox, &["rollback"]);
    rollback.until_first_member("1.0.0");
    rollback.signal("INT");
    let run = rollback.end();
    assert_eq!(run.code, 130, "{}", run.all());
    assert_eq!(
        last(&run)["hint"],
        "run the same command again to finish it"
    );
    let run = deploy(&sandbox, "1.2.0");
    assert_eq!(run.code, 21, "{}", run.all());
    assert_eq!(
        last(&run)["hint"],
        "finish it with `deploy rollback --env sandbox`, then release yours again"
    );
    let run = sandbox.deploy(&["rollback", "--env", "sandbox"]);
    assert_eq!(run.code, 0, "{}", run.all());
    assert_eq!(sandbox.versions(), vec!["1.0.0"; 4]);
}
