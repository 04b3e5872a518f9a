//! `sandbox up` as a child.

use serde_json::Value;

use std::process::Stdio;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

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
            .arg(crate::programs::folder())
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
