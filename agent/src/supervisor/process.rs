//! One server process: started through the shim, heard, signalled, ended.

use super::output::{Tail, follow};
use super::ready::Readiness;
use rustix::process::{Pid, Signal};
use std::ffi::OsString;
use std::io;
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::process::{Child, Command};
use tokio::task::JoinSet;

/// How long the last output of a dead server is waited for: children that it left behind may hold the pipes open.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// What to start, and how.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    /// The entrypoint.
    pub(crate) path: PathBuf,
    pub(crate) args: Vec<String>,
    /// The working folder.
    pub(crate) folder: PathBuf,
    /// `BATON_…`
    pub(crate) environment: Vec<(&'static str, String)>,
    /// Whether the server ends with the agent, even on SIGKILL.
    pub(crate) die_with_parent: bool,
}

/// A running server. Dropped, it is killed with its group.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    group: Option<Pid>,
    followers: JoinSet<()>,
}

impl Process {
    /// Starts `program` with `listener` as descriptor 3.
    pub(super) fn start(
        program: &Program,
        listener: &TcpListener,
        readiness: &Readiness,
        tail: &Tail,
    ) -> io::Result<Self> {
        let mut child = Command::new("/proc/self/exe")
            .args(shim_arguments(program))
            .envs(
                program
                    .environment
                    .iter()
                    .map(|(name, value)| (name, value)),
            )
            .env("NOTIFY_SOCKET", readiness.path())
            .env_remove("WATCHDOG_USEC")
            .env_remove("WATCHDOG_PID")
            .current_dir(&program.folder)
            .stdin(Stdio::from(OwnedFd::from(listener.try_clone()?)))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        let mut followers = JoinSet::new();
        if let Some(out) = child.stdout.take() {
            followers.spawn(follow(out, tail.clone(), io::stderr()));
        }
        if let Some(err) = child.stderr.take() {
            followers.spawn(follow(err, tail.clone(), io::stderr()));
        }
        let group = child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(Pid::from_raw);
        Ok(Self {
            child,
            group,
            followers,
        })
    }

    /// Resolves when the process has ended and its last output was read. The text completes "the server …".
    pub(super) async fn ended(&mut self) -> String {
        let status = self.child.wait().await;
        let last_words = async { while self.followers.join_next().await.is_some() {} };
        if tokio::time::timeout(LAST_WORDS, last_words).await.is_err() {
            tracing::debug!("the server has left its output open");
        }
        match status {
            Ok(status) => describe(status),
            Err(error) => format!("cannot be waited for: {error}"),
        }
    }

    /// SIGTERM, to the process alone: what it has started is its own to end.
    pub(super) fn terminate(&self) {
        if let Some(pid) = self.alive() {
            signalled(rustix::process::kill_process(pid, Signal::TERM));
        }
    }

    /// SIGKILL, to the whole group.
    pub(super) fn kill(&self) {
        if let Some(group) = self.alive() {
            signalled(rustix::process::kill_process_group(group, Signal::KILL));
        }
    }

    /// The process id, as long as it cannot belong to another process.
    fn alive(&self) -> Option<Pid> {
        self.child.id().and(self.group)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

fn shim_arguments(program: &Program) -> Vec<OsString> {
    let parent = std::process::id().to_string();
    let mut arguments: Vec<OsString> = vec!["exec".into(), "--parent".into(), parent.into()];
    if program.die_with_parent {
        arguments.push("--die-with-parent".into());
    }
    arguments.push("--".into());
    arguments.push(program.path.clone().into());
    arguments.extend(program.args.iter().map(OsString::from));
    arguments
}

fn signalled(result: rustix::io::Result<()>) {
    if let Err(error) = result {
        tracing::debug!("the server could not be signalled: {error}");
    }
}

fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exited with status {code}"),
        (None, Some(signal)) => format!("was ended by signal {signal}"),
        (None, None) => "ended".to_owned(),
    }
}
