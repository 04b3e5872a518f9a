//! `baton-server` as a process on a free port of the loopback.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use crate::protocol::{Certificate, Protocol};
use crate::raw::talk_on;

/// Far more than anything here takes: only a test that would hang meets it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Waits for what must come.
pub(crate) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    timeout(PATIENCE, future)
        .await
        .unwrap_or_else(|_| panic!("waited in vain for {what}"))
}

pub(crate) struct Server {
    pub(crate) protocol: Protocol,
    pub(crate) address: SocketAddr,
    pub(crate) certificate: Option<Certificate>,
    child: Child,
    stdout: Lines<BufReader<ChildStdout>>,
}

impl Server {
    /// Starts with these flags and waits until it serves HTTP in the clear.
    pub(crate) async fn start(flags: &[&str]) -> Self {
        Self::start_over(Protocol::Http1, flags).await
    }

    pub(crate) async fn start_over(protocol: Protocol, flags: &[&str]) -> Self {
        let certificate = protocol.certificate();
        let mut command = Command::new(env!("CARGO_BIN_EXE_baton-server"));
        if let Some(certificate) = &certificate {
            command.arg("--tls-cert").arg(certificate.file());
            command.arg("--tls-key").arg(certificate.key_file());
        }
        let mut child = command
            .args(["--listen", "127.0.0.1:0"])
            .args(flags)
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
            protocol,
            address,
            certificate,
            child,
            stdout,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.protocol.scheme(), self.address)
    }

    /// Waits until this many requests of others are being handled.
    pub(crate) async fn is_busy(&self, requests: usize) {
        soon("requests in flight", async {
            while self.in_flight().await.unwrap_or_default() <= requests {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }

    /// The requests that are being handled, this one included.
    async fn in_flight(&self) -> Option<usize> {
        let request = b"GET /metrics HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
        let connection = TcpStream::connect(self.address).await.unwrap();
        let talk = match &self.certificate {
            Some(certificate) => talk_on(certificate.trusted(connection).await, request).await,
            None => talk_on(connection, request).await,
        };
        let metrics = str::from_utf8(&talk.answers.first()?.body).ok()?;
        let mut lines = metrics.lines();
        lines.find_map(|line| line.strip_prefix("baton_requests_in_flight ")?.parse().ok())
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
