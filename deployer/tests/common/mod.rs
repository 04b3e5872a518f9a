//! A folder with a `deploy.toml`, a key pair and a `file://` store, and the real binary to run in it.

use serde_json::Value;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// One call of the binary, in an environment of its own.
#[derive(Debug)]
pub(crate) struct Deploy(Command);

/// A call that is under way.
#[derive(Debug)]
pub(crate) struct Running(Child);

/// The real binary; nothing of the caller's environment reaches it.
pub(crate) fn deploy() -> Deploy {
    let mut command = Command::new(env!("CARGO_BIN_EXE_deploy"));
    command.env_clear().stdin(Stdio::null());
    Deploy(command)
}

impl Deploy {
    pub(crate) fn arg(self, argument: impl AsRef<OsStr>) -> Self {
        self.args([argument])
    }

    pub(crate) fn args(mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.0.args(arguments);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.0.env(name, value);
        self
    }

    pub(crate) fn run(self) -> Run {
        self.start().wait()
    }

    /// Runs the binary with its stdout there; the run has none then.
    pub(crate) fn run_into(mut self, stdout: impl Into<Stdio>) -> Run {
        let command = self.0.stdout(stdout).stderr(Stdio::piped());
        Running(command.spawn().expect("the binary starts")).wait()
    }

    /// Starts the binary and does not wait for it.
    pub(crate) fn start(mut self) -> Running {
        let command = self.0.stdout(Stdio::piped()).stderr(Stdio::piped());
        Running(command.spawn().expect("the binary starts"))
    }
}

impl Running {
    pub(crate) fn wait(self) -> Run {
        let output = self.0.wait_with_output().expect("the binary runs");
        Run {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).expect("stdout is text"),
            stderr: String::from_utf8(output.stderr).expect("stderr is text"),
        }
    }
}

/// A folder to work in.
#[derive(Debug)]
pub(crate) struct Bench(TempDir);

impl Bench {
    /// A good configuration, a key pair (`deploy.key`) and an empty store.
    pub(crate) fn new() -> Self {
        let bench = Self(tempfile::tempdir().expect("a folder"));
        fs::create_dir(bench.path("store")).expect("a store");
        let pair = minisign::KeyPair::generate_unencrypted_keypair().expect("a key pair");
        bench.write(
            "deploy.key",
            pair.sk.to_box(None).expect("a key").into_string(),
        );
        let config = format!(
            r#"service = "example"
store = "file://{}"
public_key = "{}"
[environments.prod]
region = "us-east-1"
account = "123456789012"
group = "g"
"#,
            bench.path("store").display(),
            pair.pk.to_base64(),
        );
        bench.write("deploy.toml", config);
        bench
    }

    /// The binary in this folder, with its configuration.
    pub(crate) fn deploy(&self) -> Deploy {
        let mut deploy = deploy().env("DEPLOY_CONFIG", "deploy.toml");
        deploy.0.current_dir(self.0.path());
        deploy
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).expect("a file is written");
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("a file is read")
    }

    /// Every file in the store, by its path there, in order.
    pub(crate) fn store_files(&self) -> Vec<String> {
        let store = self.path("store");
        let mut files = Vec::new();
        collect(&store, &store, &mut files);
        files.sort();
        files
    }
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("a folder is read") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            let below = path.strip_prefix(root).expect("below the store");
            files.push(below.display().to_string());
        }
    }
}

/// A stdout that takes nothing.
pub(crate) fn full() -> fs::File {
    let file = fs::OpenOptions::new().write(true).open("/dev/full");
    file.expect("a device that is always full")
}

/// Every line of stdout as JSON.
pub(crate) fn json_lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).expect("a line is JSON"))
        .collect()
}
