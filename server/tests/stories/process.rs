//! `baton-server` as a process.

use std::net::SocketAddr;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::client::{Client, soon, until};

#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) address: SocketAddr,
    child: Child,
    stdout: Lines<BufReader<ChildStdout>>,
}

pub(crate) fn command(flags: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_baton-server"));
    command
        .args(flags.split_whitespace())
        .env("RUST_LOG", "info");
    command
}

impl Process {
    /// Starts on a free port and waits for `ready`.
    pub(crate) async fn start(flags: &str) -> Self {
        let mut command = command(flags);
        command.args(["--listen", "127.0.0.1:0"]);
        Self::spawn(command).await
    }

    /// Starts a command that ends in `baton-server` and waits for `ready`. The address is read from
    /// its log.
    pub(crate) async fn spawn(mut command: Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut stderr = lines(child.stderr.take().unwrap());
        let mut stdout = lines(child.stdout.take().unwrap());
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

    pub(crate) fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let id = self
            .child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .unwrap();
        kill_process(Pid::from_raw(id).unwrap(), signal).unwrap();
    }

    /// Whether it still runs.
    pub(crate) fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Kills it, as a machine or a person in a hurry does, and waits until it is gone.
    pub(crate) async fn kill(mut self) {
        self.child.start_kill().unwrap();
        soon("the end of a killed server", self.child.wait())
            .await
            .unwrap();
    }

    /// Waits until a health check, each on a connection of its own, says that the server is in
    /// `phase`.
    pub(crate) async fn reaches(&self, phase: &str) {
        until(phase, async || {
            let mut client = Client::connect(self.address).await;
            let answer = client.get("/healthz").await.unwrap();
            assert_eq!(answer.status == 200, answer.body == "ready\n");
            answer.body.trim_end() == phase
        })
        .await;
    }

    /// Waits for the end; returns the exit status and the account on stdout.
    pub(crate) async fn departure(mut self) -> (Option<i32>, Value) {
        let account = soon("the account", self.stdout.next_line())
            .await
            .unwrap()
            .unwrap();
        let rest = soon("the end of stdout", self.stdout.next_line())
            .await
            .unwrap();
        assert_eq!(rest, None);
        let status = soon("the exit", self.child.wait()).await.unwrap();
        (status.code(), serde_json::from_str(&account).unwrap())
    }
}

async fn find_address(log: &mut Lines<BufReader<impl AsyncRead + Unpin>>) -> SocketAddr {
    while let Some(line) = log.next_line().await.unwrap() {
        let field = line
            .split_whitespace()
            .find_map(|word| word.strip_prefix("address="));
        if let Some(address) = field {
            return address.parse().unwrap();
        }
    }
    panic!("the log ended without an address");
}

fn lines<R: AsyncRead>(pipe: R) -> Lines<BufReader<R>> {
    BufReader::new(pipe).lines()
}
