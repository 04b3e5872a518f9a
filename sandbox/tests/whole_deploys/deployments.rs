//! Deployments that do not go smoothly: a release that cannot run, a deployer that is killed.

use crate::support::{Run, Sandbox};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A client that asks again and again on fresh connections while a story goes on, and counts what it did not get.
struct Asking {
    sent: AtomicU64,
    failed: AtomicU64,
    stop: AtomicBool,
}

impl Asking {
    fn during<T>(sandbox: &Sandbox, story: impl FnOnce() -> T) -> (T, u64, u64) {
        let asking = Self {
            sent: 0.into(),
            failed: 0.into(),
            stop: false.into(),
        };
        let result = std::thread::scope(|scope| {
            scope.spawn(|| asking.ask(sandbox));
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(story));
            asking.stop.store(true, Ordering::Relaxed);
            result
        });
        let counts = (asking.sent.into_inner(), asking.failed.into_inner());
        match result {
            Ok(result) => (result, counts.0, counts.1),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }

    fn ask(&self, sandbox: &Sandbox) {
        while !self.stop.load(Ordering::Relaxed) {
            let (status, _) = sandbox.get("/api/v1/info");
            self.sent.fetch_add(1, Ordering::Relaxed);
            self.failed
                .fetch_add(u64::from(status != 200), Ordering::Relaxed);
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }
}

fn events(run: &Run) -> Vec<Value> {
    run.out
        .lines()
        .map(|line| serde_json::from_str(line).expect("one object per line"))
        .collect()
}

fn of_kind<'a>(events: &'a [Value], kind: &str) -> Vec<&'a Value> {
    events
        .iter()
        .filter(|event| event["event"] == kind)
        .collect()
}

fn template_versions(sandbox: &Sandbox) -> usize {
    let template = sandbox.said("launch_template");
    let form = format!(
        "Version=2016-11-15&Action=DescribeLaunchTemplateVersions&LaunchTemplateName={template}"
    );
    sandbox.aws("ec2", &form).matches("<versionNumber>").count()
}

#[test]
fn a_release_that_exits_at_once_is_rolled_back_and_the_reason_shown() {
    let sandbox = Sandbox::up(&["--instances", "4"]);
    let broken = "#!/bin/sh\necho 'cannot read /etc/example.conf' >&2\nexit 7\n";
    assert_eq!(sandbox.publish_script("2.0.0", broken).code, 0);

    let deploy = || {
        let started = Instant::now();
        let run = sandbox.deploy(&["--version", "2.0.0", "--env", "sandbox", "--output", "json"]);
        (run, started.elapsed())
    };
    let ((run, took), sent, failed) = Asking::during(&sandbox, deploy);

    assert_eq!(run.code, 3, "rolled back: {}", run.all());
    let events = events(&run);
    let failures = of_kind(&events, "member-failed");
    assert!(!failures.is_empty(), "{}", run.all());
    assert!(failures[0]["instance"].as_str().unwrap().starts_with("i-"));
    assert_eq!(failures[0]["phase"], "starting");
    assert!(
        failures[0]["log"]
            .to_string()
            .contains("cannot read /etc/example.conf"),
        "{}",
        run.all()
    );
    let at = Duration::from_millis(failures[0]["elapsed_ms"].as_u64().unwrap());
    let since = took.saturating_sub(at);
    assert!(
        since < Duration::from_mins(1),
        "{since:?} after the first failed member"
    );

    assert_eq!(
        sandbox.versions(),
        ["1.0.0"; 4],
        "every member still runs the old version"
    );
    assert!(sent > 100, "{sent} requests were sent meanwhile");
    assert_eq!(failed, 0, "of {sent} requests");
}

#[test]
fn a_release_that_dies_after_it_has_served_is_rolled_back() {
    let sandbox = Sandbox::up(&["--instances", "4"]);
    let server = crate::support::programs().join("baton-server");
    let crashing = format!(
        "#!/bin/sh\n(sleep 2; kill -9 $$) &\nexec '{}' \"$@\"\n",
        server.display()
    );
    assert_eq!(sandbox.publish_script("2.0.0", &crashing).code, 0);
    let run = sandbox.deploy(&["--version", "2.0.0", "--env", "sandbox", "--output", "json"]);
    assert_eq!(run.code, 3, "rolled back: {}", run.all());
    let events = events(&run);
    let failures = of_kind(&events, "member-failed");
    assert_eq!(failures[0]["phase"], "serving", "{}", run.all());
    assert_eq!(sandbox.versions(), ["1.0.0"; 4]);
}

#[test]
fn a_killed_deploy_is_resumed_by_the_same_command() {
    let sandbox = Sandbox::up(&["--instances", "4"]);
    assert_eq!(sandbox.publish_example("1.1.0").code, 0);
    let args = ["--version", "1.1.0", "--env", "sandbox", "--output", "json"];

    let mut first = sandbox
        .command("deploy")
        .args(args)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(first.stdout.take().unwrap()).lines();
    let mut deployment = None;
    for line in lines {
        let event: Value = serde_json::from_str(&line.unwrap()).unwrap();
        deployment = event["deployment"].as_str().map(str::to_owned);
        // In the middle: the first member of the new version has appeared.
        if event["event"] == "member-changed" && event["version"] == "1.1.0" {
            break;
        }
    }
    first.kill().unwrap();
    first.wait().unwrap();
    assert_eq!(template_versions(&sandbox), 2);

    let run = sandbox.deploy(&args);
    assert_eq!(run.code, 0, "{}", run.all());
    let events = events(&run);
    let started = of_kind(&events, "started");
    assert_eq!(started[0]["resumed"], true, "{}", run.all());
    assert_eq!(
        started[0]["deployment"].as_str(),
        deployment.as_deref(),
        "the same deployment"
    );
    assert_eq!(template_versions(&sandbox), 2, "no second template version");
    assert_eq!(sandbox.versions(), ["1.1.0"; 4]);

    let again = sandbox.deploy(&["--version", "1.1.0", "--env", "sandbox"]);
    assert_eq!(
        again.code,
        0,
        "deploying what runs already is done: {}",
        again.all()
    );
    assert_eq!(template_versions(&sandbox), 2);
}

#[test]
fn rollback_brings_the_previous_version_back() {
    let sandbox = Sandbox::up(&["--instances", "2"]);
    assert_eq!(sandbox.publish_example("1.1.0").code, 0);
    let run = sandbox.deploy(&["--version", "1.1.0", "--env", "sandbox"]);
    assert_eq!(run.code, 0, "{}", run.all());
    let run = sandbox.deploy(&["rollback", "--env", "sandbox"]);
    assert_eq!(run.code, 0, "{}", run.all());
    assert_eq!(sandbox.versions(), ["1.0.0"; 2]);

    let again = sandbox.deploy(&["rollback", "--env", "sandbox"]);
    assert_eq!(again.code, 0, "{}", again.all());
    assert_eq!(
        sandbox.versions(),
        ["1.0.0"; 2],
        "going back twice is going to the same place"
    );
    assert_eq!(template_versions(&sandbox), 3, "and changes nothing more");

    let run = sandbox.deploy(&["history", "--env", "sandbox", "--output", "json"]);
    assert_eq!(run.code, 0, "{}", run.all());
    assert_eq!(run.out.lines().count(), 2, "two deployments: {}", run.all());
}

#[test]
fn a_dry_run_tells_the_steps_and_changes_nothing() {
    let sandbox = Sandbox::up(&["--instances", "2"]);
    assert_eq!(sandbox.publish_example("1.1.0").code, 0);
    let before = sandbox.snapshot();
    let run = sandbox.deploy(&["--version", "1.1.0", "--env", "sandbox", "--dry-run"]);
    assert_eq!(run.code, 0, "{}", run.all());
    assert_eq!(sandbox.snapshot(), before);
    assert_eq!(sandbox.versions(), ["1.0.0"; 2]);
}
