//! A whole sandbox with the real programs: what `up` promises while it runs, and that nothing of it stays, however it ends.
#![expect(clippy::unwrap_used, reason = "a test ends where it is surprised")]

mod programs;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::OwnedFd;
use rustix::process::{Pid, PidfdFlags};
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a process may take to be gone. It takes milliseconds; this only ends a test that would hang.
const GONE: Timespec = Timespec {
    tv_sec: 30,
    tv_nsec: 0,
};

/// How long nothing may be heard of a sandbox that tells of itself every second.
const PATIENCE: Duration = Duration::from_secs(30);

/// A sandbox that is up, in a folder of its own. Killed if a test ends before it does.
struct Up {
    process: Child,
    said: Value,
    folder: tempfile::TempDir,
}

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Up {
    fn start() -> Up {
        let folder = tempfile::tempdir().unwrap();
        let mut process = sandbox("up", &state(&folder))
            .args(["--instances", "2", "--bin-dir"])
            .arg(programs::folder())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let said = serde_json::from_str(&line).expect("up prints one line of JSON once it is up");
        Up {
            process,
            said,
            folder,
        }
    }

    fn state(&self) -> PathBuf {
        state(&self.folder)
    }

    fn says(&self, name: &str) -> &str {
        self.said[name]
            .as_str()
            .unwrap_or_else(|| panic!("up does not say {name}"))
    }

    /// The agents and servers that run for it.
    fn processes(&self) -> Vec<Pid> {
        let state = self.state().display().to_string();
        let entries = std::fs::read_dir("/proc").unwrap().flatten();
        let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let of_this = |pid: &i32| {
            let words = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            let words = String::from_utf8_lossy(&words);
            words.contains(&state) && *pid != self.process.id().cast_signed()
        };
        pids.filter(of_this).filter_map(Pid::from_raw).collect()
    }
}

fn state(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().canonicalize().unwrap().join("state")
}

fn sandbox(command: &str, state: &Path) -> Command {
    let mut sandbox = Command::new(env!("CARGO_BIN_EXE_sandbox"));
    sandbox
        .arg(command)
        .arg("--state")
        .arg(state)
        .stdin(Stdio::null());
    sandbox
}

/// What `sandbox env` prints to a shell with this `NO_PROXY`.
fn env(state: &Path, no_proxy: &str) -> String {
    let mut command = sandbox("env", state);
    command.env_remove("no_proxy").env("NO_PROXY", no_proxy);
    let output = command.output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

fn handle(pid: Pid) -> OwnedFd {
    rustix::process::pidfd_open(pid, PidfdFlags::empty()).expect("it runs")
}

/// A process's descriptor becomes readable when the process ends.
fn assert_gone(process: &OwnedFd) {
    let ended = poll(&mut [PollFd::new(process, PollFlags::IN)], Some(&GONE)).unwrap();
    assert_eq!(ended, 1, "a process outlives its sandbox");
}

/// Sends one request, and returns what comes back as it comes.
fn send(url: &str, head: &str, body: &str) -> BufReader<TcpStream> {
    let address = url.strip_prefix("http://").unwrap();
    let address = address.split('/').next().unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let length = body.len();
    write!(
        stream,
        "{head}\r\nHost: {address}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
    .unwrap();
    BufReader::new(stream)
}

/// The same for an answer that ends, which must be 200.
fn ask(url: &str, head: &str, body: &str) {
    let mut answer = String::new();
    send(url, head, body).read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

fn get(url: &str, path: &str) -> String {
    let authority = url.strip_prefix("http://").unwrap().split('/').next();
    let address = authority.unwrap().parse().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (status, body) = runtime
        .block_on(sandbox::http_get::http_get(address, path))
        .unwrap();
    assert!(status.is_success(), "{path}: {status}");
    String::from_utf8(body.to_vec()).unwrap()
}

#[test]
fn a_sandbox_serves_tells_how_to_reach_it_and_goes_down() {
    let mut up = Up::start();
    assert_eq!(up.says("region"), "us-east-1");
    assert_eq!(up.says("group"), "example-sandbox");
    assert_eq!(up.says("launch_template"), "example-sandbox");
    assert_eq!(up.says("store"), "s3://baton-releases");
    assert_eq!(up.says("state"), up.state().display().to_string());
    assert!(
        up.says("target_group_arn")
            .starts_with("arn:aws:elasticloadbalancing:us-east-1:")
    );
    // Coming up is not counted as anybody's failure (its own load may have begun).
    let state: Value = serde_json::from_str(&get(up.says("page"), "/_sandbox/state")).unwrap();
    assert_eq!(state["balancer"]["failures"], serde_json::json!({}));
    let version: Value = serde_json::from_str(&get(up.says("balancer"), "/version")).unwrap();
    assert_eq!(version["version"], "1.0.0");

    let env = env(&up.state(), "corp.example");
    let endpoint = format!("export AWS_ENDPOINT_URL='{}'\n", up.says("endpoint"));
    assert!(env.contains(&endpoint), "{env}");
    let config = up.state().join("deploy.toml");
    assert!(
        env.contains(&format!("export DEPLOY_CONFIG='{}'\n", config.display())),
        "{env}"
    );

    for name in ["NO_PROXY", "no_proxy"] {
        let line = format!("export {name}='corp.example,127.0.0.1,localhost'\n");
        assert!(env.contains(&line), "{env}");
    }
    let unset: Vec<_> = env
        .lines()
        .skip_while(|line| line.starts_with("export "))
        .collect();
    assert!(unset.iter().all(|line| line.starts_with("unset ")), "{env}");
    for name in ["AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3"] {
        assert!(unset.contains(&&*format!("unset {name}")), "{env}");
    }

    let processes: Vec<_> = up.processes().into_iter().map(handle).collect();
    assert_eq!(processes.len(), 4, "two agents and two servers");
    let down = sandbox("down", &up.state()).output().unwrap();
    assert!(
        down.status.success(),
        "{}",
        String::from_utf8_lossy(&down.stderr)
    );
    assert!(
        up.process.wait().unwrap().success(),
        "an end that was asked for is no failure"
    );
    processes.iter().for_each(assert_gone);
    assert!(
        !sandbox("env", &up.state())
            .output()
            .unwrap()
            .status
            .success()
    );
}

#[test]
fn nothing_outlives_a_sandbox_that_is_killed() {
    let mut up = Up::start();
    let processes: Vec<_> = up.processes().into_iter().map(handle).collect();
    assert_eq!(processes.len(), 4, "two agents and two servers");
    up.process.kill().unwrap();
    up.process.wait().unwrap();
    processes.iter().for_each(assert_gone);
    assert_eq!(up.processes(), []);
}

#[test]
fn an_interrupt_ends_a_sandbox_well_only_once_it_is_up() {
    for (heard, status) in [("publishing ", 130), ("ready; ", 0)] {
        let folder = tempfile::tempdir().unwrap();
        // What leads a developer's own clients elsewhere must not lead the sandbox's there.
        let mut process = sandbox("up", &state(&folder))
            .args(["--instances", "1", "--bin-dir"])
            .arg(programs::folder())
            .env("AWS_PROFILE", "nobody")
            .env("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
            .env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
            .env("HTTP_PROXY", "http://127.0.0.1:9")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let line = lines
            .by_ref()
            .map(Result::unwrap)
            .find(|line| line.starts_with(heard));
        let line = line.unwrap_or_else(|| panic!("up does not say: {heard}"));
        let pid = Pid::from_child(&process);
        rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
        assert_eq!(process.wait().unwrap().code(), Some(status), "{line}");
        let rest: Vec<String> = lines.map_while(Result::ok).collect();
        let says_so = rest.contains(&"error: interrupted before the sandbox was up".to_owned());
        assert_eq!(says_so, status == 130, "{rest:?}");
        if status == 0 {
            let env = format!("env --state '{}')", state(&folder).display());
            let eval = format!("ready; in another terminal: eval \"$(sandbox {env}\"");
            assert_eq!(line, eval);
        }
    }
}

#[test]
fn members_that_are_busy_get_company_within_seconds() {
    /// Three of the fast CloudWatch's minutes, and room for a busy machine.
    const SECONDS: Duration = Duration::from_secs(40);
    let up = Up::start();
    let page = up.says("page");
    let policy = "Action=PutScalingPolicy&Version=2011-01-01&AutoScalingGroupName=example-sandbox\
         &PolicyName=cpu&PolicyType=TargetTrackingScaling\
         &TargetTrackingConfiguration.TargetValue=50&TargetTrackingConfiguration.\
         PredefinedMetricSpecification.PredefinedMetricType=ASGAverageCPUUtilization";
    let post = "POST / HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Authorization: AWS4-HMAC-SHA256 Credential=AKID/20300101/us-east-1/autoscaling/aws4_request, \
         SignedHeaders=host, Signature=0";
    ask(up.says("endpoint"), post, policy);
    let post = "POST /_sandbox/cpu HTTP/1.1\r\nContent-Type: application/json";
    ask(page, post, r#"{"each":90}"#);

    let start = Instant::now();
    let events = send(page, "GET /_sandbox/events HTTP/1.1", "");
    let mut seen = Vec::new();
    for line in events.lines().map(Result::unwrap) {
        let Some(event) = line.strip_prefix("data: ") else {
            continue;
        };
        let event: Value = serde_json::from_str(event).unwrap();
        let desired = event["group"]["desired"].as_u64().unwrap();
        let settled = event["group"]["settled"].as_bool().unwrap();
        seen.push(desired);
        // 2 members at 90 percent are 3.6 at 50.
        if desired == 4 && settled {
            return;
        }
        assert!(start.elapsed() < SECONDS, "{seen:?}");
    }
    panic!("the sandbox fell silent: {seen:?}");
}

#[test]
fn a_sandbox_that_nobody_listens_to_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut process = sandbox("up", &state(&folder))
        .args(["--instances", "1", "--bin-dir"])
        .arg(programs::folder())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(process.stdout.take());
    let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
    let mut until = |heard: &str| {
        let line = lines
            .by_ref()
            .map(Result::unwrap)
            .find(|line| line.starts_with(heard));
        line.unwrap_or_else(|| panic!("up does not say: {heard}"))
    };
    let told = until("could not write to stdout");
    assert!(told.contains("the sandbox goes on"), "{told}");
    until("ready; ");
    drop(lines);
    let down = sandbox("down", &state(&folder)).output().unwrap();
    assert!(down.status.success(), "it was up");
    assert!(process.wait().unwrap().success());
}

#[test]
fn a_rehearsal_that_is_interrupted_says_so_in_its_form() {
    let folder = tempfile::tempdir().unwrap();
    let mut process = sandbox("rehearse", &state(&folder))
        .args(["--output", "json", "--bin-dir"])
        .arg(programs::folder())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
    let heard = lines
        .by_ref()
        .map(Result::unwrap)
        .any(|line| line.starts_with("publishing "));
    assert!(heard);
    let pid = Pid::from_child(&process);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let said: Value = serde_json::from_reader(process.stdout.take().unwrap()).unwrap();
    assert_eq!(said["event"], "error");
    assert_eq!(said["code"], 130);
    assert_eq!(said["message"], "interrupted before the verdict");
    let rest: Vec<String> = lines.map_while(Result::ok).collect();
    let says_so = rest.contains(&"error: interrupted before the verdict".to_owned());
    assert!(says_so, "{rest:?}");
    assert_eq!(process.wait().unwrap().code(), Some(130));
}
