//! `sandbox up` as a child.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

const PROGRAMS: [&str; 3] = ["deploy", "baton-agent", "baton-server"];

/// A sandbox that is up, killed if a story ends before it does.
pub(crate) struct Up {
    child: Child,
    said: Value,
    _folder: TempDir,
}

impl Up {
    /// Brings one up and waits until it is ready.
    pub(crate) async fn start(args: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_sandbox"))
            .arg("up")
            .arg("--state")
            .arg(folder.path().join("state"))
            .arg("--bin-dir")
            .arg(programs().await)
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut line = String::new();
        let stdout = child.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).await.unwrap();
        let said = serde_json::from_str(&line).expect("up prints one line of JSON once it is up");
        Self {
            child,
            said,
            _folder: folder,
        }
    }

    /// Where its page is.
    pub(crate) fn page(&self) -> &str {
        self.said["page"].as_str().unwrap()
    }

    /// Ends it as `sandbox down` does.
    pub(crate) async fn down(&mut self) {
        let pid = i32::try_from(self.child.id().unwrap()).unwrap();
        let pid = rustix::process::Pid::from_raw(pid).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        assert!(self.child.wait().await.unwrap().success());
    }
}

/// The folder of the real programs: `SANDBOX_BIN_DIR`, or where cargo puts them, built first if they are not there.
#[expect(
    clippy::disallowed_methods,
    reason = "a test's environment is its command line"
)]
async fn programs() -> PathBuf {
    if let Some(folder) = std::env::var_os("SANDBOX_BIN_DIR") {
        return folder.into();
    }
    let sandbox = Path::new(env!("CARGO_BIN_EXE_sandbox"));
    let folder = sandbox.parent().unwrap().to_owned();
    if PROGRAMS.iter().any(|name| !folder.join(name).exists()) {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let arguments = ["build", "--workspace", "--bins"];
        let built = Command::new(cargo).args(arguments).status().await.unwrap();
        assert!(built.success(), "cargo build --workspace --bins");
    }
    folder
}
