//! `baton-server` as a process on a free port of the loopback.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

/// Far more than anything here takes: only a test that would hang meets it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Waits for what must come.
pub(crate) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    timeout(PATIENCE, future)
        .await
        .unwrap_or_else(|_| panic!("waited in vain for {what}"))
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    child: Child,
    stdout: Lines<BufReader<ChildStdout>>,
}

impl Server {
    /// Starts with these flags and waits until it serves.
    pub(crate) async fn start<S: AsRef<str>>(flags: &[S]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_baton-server"))
            .args(["--listen", "127.0.0.1:0"])
            .args(flags.iter().map(AsRef::as_ref))
            .env("RUST_LOG", "info")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut stdout = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = soon("the address", find_address(&mut stderr)).await;
        tokio::spawn(async move { while let Ok(Some(_)) = stderr.next_line().await {} });
        let ready = soon("a line on stdout", stdout.next_line()).await.unwrap();
        assert_eq!(ready.as_deref(), Some("ready"));
        Self {
            address,
            child,
            stdout,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn terminate(&self) {
        let id = self
            .child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .unwrap();
        kill_process(Pid::from_raw(id).unwrap(), Signal::TERM).unwrap();
    }

    /// Waits for the end; returns the exit status and the account on stdout.
    pub(crate) async fn departure(mut self) -> (Option<i32>, Value) {
        let account = soon("the account", self.stdout.next_line())
            .await
            .unwrap()
            .unwrap();
        let status = soon("the exit", self.child.wait()).await.unwrap();
        (status.code(), serde_json::from_str(&account).unwrap())
    }
}

/// The first address of the loopback that the log names, whatever the log's form.
async fn find_address(log: &mut Lines<BufReader<impl AsyncRead + Unpin>>) -> SocketAddr {
    let mut said = String::new();
    while let Some(line) = log.next_line().await.unwrap() {
        let mut words = line.split(|c: char| c.is_whitespace() || "\"=,{}".contains(c));
        if let Some(address) = words.find_map(|word| word.parse().ok()) {
            return address;
        }
        said.push_str(&line);
        said.push('\n');
    }
    panic!("the log ended without an address:\n{said}");
}
