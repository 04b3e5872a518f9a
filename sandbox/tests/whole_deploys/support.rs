//! A running sandbox for stories: `sandbox up` as a child, `deploy` against it, AWS calls as plain HTTP.
//!
//! Nothing here links baton's other crates: the stories see what an operator sees.

pub(crate) use crate::programs::folder as programs;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tempfile::TempDir;

/// How long a story waits for something that takes seconds: generous, because a loaded machine is no defect.
pub(crate) const PATIENCE: Duration = Duration::from_mins(2);

/// Two cores carry one sandbox well: stories take turns.
pub(crate) fn one_at_a_time() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A group on 1.0.0 behind a balancer, taken down at the end of the story.
pub(crate) struct Sandbox {
    pub(crate) state: TempDir,
    pub(crate) up: Value,
    child: Child,
    _turn: MutexGuard<'static, ()>,
}

impl Sandbox {
    /// Brings a sandbox up and waits until its group is healthy.
    pub(crate) fn up(extra: &[&str]) -> Self {
        let turn = one_at_a_time();
        let state = tempfile::tempdir().unwrap();
        let mut child = Command::new(programs().join("sandbox"))
            .arg("up")
            .arg("--state")
            .arg(state.path())
            .args(extra)
            .stdout(Stdio::piped())
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let up = serde_json::from_str(&line).expect("`sandbox up` prints one JSON line");
        Self {
            state,
            up,
            child,
            _turn: turn,
        }
    }

    /// The id of the process that plays AWS.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// A text of the line that `up` printed.
    pub(crate) fn said(&self, name: &str) -> &str {
        self.up[name]
            .as_str()
            .unwrap_or_else(|| panic!("`up` prints {name}: {}", self.up))
    }

    /// What `sandbox env` exports, as a shell would read it.
    pub(crate) fn env(&self) -> BTreeMap<String, String> {
        let script = format!(
            "eval \"$('{}' env --state '{}')\" && env -0",
            programs().join("sandbox").display(),
            self.state.path().display()
        );
        let output = Command::new("sh")
            .env_clear()
            .env("PATH", path())
            .args(["-c", &script])
            .output();
        let text = String::from_utf8(output.unwrap().stdout).unwrap();
        let pairs = text.split('\0').filter_map(|pair| pair.split_once('='));
        pairs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    /// A program of the workspace, in the sandbox's environment.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(programs().join(program));
        command
            .env_clear()
            .envs(self.env())
            .stdin(Stdio::null())
            .current_dir(self.state.path());
        command
    }

    /// Runs `deploy` to its end.
    pub(crate) fn deploy(&self, args: &[&str]) -> Run {
        Run::of(self.command("deploy").args(args).output().unwrap())
    }

    /// Publishes a shell script as a release.
    pub(crate) fn publish_script(&self, version: &str, script: &str) -> Run {
        let file = self.state.path().join(format!("app-{version}"));
        std::fs::write(&file, script).unwrap();
        self.deploy(&[
            "publish",
            "--version",
            version,
            "--file",
            file.to_str().unwrap(),
        ])
    }

    /// Publishes the example service under another version.
    pub(crate) fn publish_example(&self, version: &str) -> Run {
        let file = programs().join("baton-server");
        self.deploy(&[
            "publish",
            "--version",
            version,
            "--file",
            file.to_str().unwrap(),
        ])
    }

    /// The store as a folder.
    pub(crate) fn store(&self) -> PathBuf {
        self.state.path().join("store").join("baton-releases")
    }

    /// Calls an AWS query operation as plain HTTP and returns the body without its request id.
    pub(crate) fn aws(&self, service: &str, form: &str) -> String {
        let (status, body) = http(self.said("endpoint"), &post(service, form));
        assert_eq!(status, 200, "{form}: {body}");
        without_request_id(&body)
    }

    /// Everything that a deployment could change, as text to compare.
    pub(crate) fn snapshot(&self) -> String {
        let group = self.said("group");
        let template = self.said("launch_template");
        let (autoscaling, ec2) = ("Version=2011-01-01&Action", "Version=2016-11-15&Action");
        let calls = [
            (
                "autoscaling",
                format!(
                    "{autoscaling}=DescribeAutoScalingGroups&AutoScalingGroupNames.member.1={group}"
                ),
            ),
            (
                "autoscaling",
                format!("{autoscaling}=DescribeInstanceRefreshes&AutoScalingGroupName={group}"),
            ),
            (
                "ec2",
                format!("{ec2}=DescribeLaunchTemplates&LaunchTemplateName.1={template}"),
            ),
            (
                "ec2",
                format!("{ec2}=DescribeLaunchTemplateVersions&LaunchTemplateName={template}"),
            ),
        ];
        let answers = calls.iter().map(|(service, form)| self.aws(service, form));
        answers
            .chain([self.deployments().join("\n")])
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// The deployer's files in the store, leases left out (taking and freeing one changes nothing for anybody).
    pub(crate) fn deployments(&self) -> Vec<String> {
        let mut files = Vec::new();
        walk(&self.store().join("deployments"), &mut files);
        files.retain(|file| !file.contains("/lease/"));
        files.sort();
        files
    }

    /// The versions that the group's members answer with, asked at their own addresses.
    pub(crate) fn versions(&self) -> Vec<String> {
        let run = self.deploy(&["status", "--env", "sandbox", "--output", "json"]);
        assert_eq!(run.code, 0, "{}", run.all());
        let status: Value = serde_json::from_str(run.out.lines().last().unwrap()).unwrap();
        let members = status["members"].as_array().expect("status lists members");
        members
            .iter()
            .map(|member| member["version"].as_str().unwrap_or("?").to_owned())
            .collect()
    }

    /// A GET through the balancer.
    pub(crate) fn get(&self, path: &str) -> (u16, String) {
        let request = format!("GET {path} HTTP/1.1\r\nHost: sandbox\r\nConnection: close\r\n\r\n");
        http(self.said("balancer"), &request)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = Command::new(programs().join("sandbox"))
            .arg("down")
            .arg("--state")
            .arg(self.state.path())
            .stderr(Stdio::null())
            .status();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A program's end: its exit status and what it said.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    pub(crate) fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self {
            code: output.status.code().unwrap_or(-1),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }

    pub(crate) fn all(&self) -> String {
        format!(
            "exit {}\n--- stdout\n{}\n--- stderr\n{}",
            self.code, self.out, self.err
        )
    }
}

/// One exchange over a fresh connection: status and body.
pub(crate) fn http(url: &str, request: &str) -> (u16, String) {
    let address = url.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer
        .get(9..12)
        .and_then(|code| code.parse().ok())
        .unwrap_or(0);
    let body = answer
        .split_once("\r\n\r\n")
        .map(|(_, body)| body.to_owned())
        .unwrap_or_default();
    (status, body)
}

fn post(service: &str, form: &str) -> String {
    let scope = format!("Credential=test/20260101/us-east-1/{service}/aws4_request");
    format!(
        "POST / HTTP/1.1\r\nHost: sandbox\r\nConnection: close\r\n\
         Authorization: AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=00\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    )
}

fn without_request_id(body: &str) -> String {
    let mut text = body.to_owned();
    for (open, close) in [
        ("<RequestId>", "</RequestId>"),
        ("<requestId>", "</requestId>"),
    ] {
        if let (Some(from), Some(to)) = (text.find(open), text.find(close)) {
            text.replace_range(from..to + close.len(), "");
        }
    }
    text
}

fn walk(folder: &Path, files: &mut Vec<String>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, files);
        } else {
            files.push(path.display().to_string());
        }
    }
}

fn path() -> String {
    std::env::vars()
        .find(|(name, _)| name == "PATH")
        .map(|(_, value)| value)
        .unwrap_or_default()
}
