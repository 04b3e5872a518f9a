//! A server as a child process: it says `ready`, is told to go, and may leave an account.

use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

/// For what takes milliseconds when all is well, on a machine with other things to do.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    stdout: Lines<BufReader<ChildStdout>>,
    /// When its `ready` line was read.
    pub(crate) ready_at: Instant,
}

/// How a process ended.
#[derive(Debug)]
pub(crate) struct Exit {
    pub(crate) at: Instant,
    pub(crate) status: ExitStatus,
    /// The line of JSON that it left, if it is one that leaves one.
    pub(crate) account: Option<Account>,
}

/// What `baton-server` says at its end.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Account {
    pub(crate) handed_over: u64,
    pub(crate) idle_closed: u64,
    pub(crate) forced: u64,
}

impl Process {
    /// Starts a command and waits for its `ready` line.
    pub(crate) async fn start(mut command: Command) -> anyhow::Result<Self> {
        let mut child = command
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| {
                format!(
                    "failed to start {}",
                    command.as_std().get_program().display()
                )
            })?;
        let stdout = child.stdout.take().context("stdout is not piped")?;
        let mut stdout = BufReader::new(stdout).lines();
        let line = timeout(PATIENCE, stdout.next_line())
            .await
            .context("the server was not ready in time")??;
        if line.as_deref() != Some("ready") {
            bail!("the server said {line:?} instead of ready");
        }
        Ok(Self {
            child,
            stdout,
            ready_at: Instant::now(),
        })
    }

    pub(crate) fn id(&self) -> anyhow::Result<u32> {
        self.child.id().context("the server has ended")
    }

    pub(crate) fn terminate(&self) -> anyhow::Result<()> {
        signal(self.id()?, Signal::TERM)
    }

    /// Waits for the end, and for whatever it says before.
    pub(crate) async fn exit(mut self) -> anyhow::Result<Exit> {
        let all = async {
            let mut last = None;
            while let Some(line) = self.stdout.next_line().await? {
                last = Some(line);
            }
            let status = self.child.wait().await?;
            anyhow::Ok((status, last))
        };
        let (status, last) = timeout(PATIENCE, all)
            .await
            .context("the server did not leave in time")??;
        Ok(Exit {
            at: Instant::now(),
            status,
            account: last.as_deref().and_then(Account::parse),
        })
    }
}

impl Account {
    fn parse(line: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(line).ok()?;
        let number = |name: &str| value.get(name).and_then(Value::as_u64).unwrap_or(0);
        let forced = value.get("forced")?.as_object()?;
        Some(Self {
            handed_over: number("handed_over"),
            idle_closed: number("idle_closed"),
            forced: forced.values().filter_map(Value::as_u64).sum(),
        })
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.handed_over += other.handed_over;
        self.idle_closed += other.idle_closed;
        self.forced += other.forced;
    }
}

pub(crate) fn signal(id: u32, signal: Signal) -> anyhow::Result<()> {
    let id = i32::try_from(id).ok().and_then(Pid::from_raw);
    kill_process(id.context("no process")?, signal).context("failed to signal")
}

/// `baton-server`, as cargo built it for this bench.
pub(crate) fn baton_server() -> Command {
    let mut command = Command::new(Path::new(env!("CARGO_BIN_EXE_baton-server")));
    command.env("RUST_LOG", "error").stdin(Stdio::null());
    command
}
