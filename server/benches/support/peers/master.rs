//! A master process with workers, replaced on a signal: nginx and haproxy.

use std::fs;
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use rustix::process::Signal;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use super::Restarted;
use crate::support::process::{PATIENCE, signal};

/// A worker that a reload leaves behind longer than this is not waited for: nginx's sometimes keep
/// an HTTP/2 connection until its client or the keep-alive time ends it.
const LONGEST: Duration = Duration::from_secs(5);

/// How often the workers are looked at: fine enough for figures in milliseconds.
const LOOK: Duration = Duration::from_millis(2);

#[derive(Debug)]
pub(crate) struct Master {
    address: SocketAddr,
    reload: Signal,
    child: Child,
    /// Configuration, sockets and log.
    directory: TempDir,
    /// Workers of earlier reloads that are not gone.
    left_behind: Vec<u32>,
}

impl Master {
    /// Starts a command that stays in the foreground, and waits until it serves `address`.
    pub(super) async fn start(
        mut command: Command,
        reload: Signal,
        address: SocketAddr,
        directory: TempDir,
    ) -> anyhow::Result<Self> {
        let log = fs::File::create(directory.path().join("stderr"))?;
        let child = command.stdin(Stdio::null()).stderr(log).spawn()?;
        let mut master = Self {
            address,
            reload,
            child,
            directory,
            left_behind: Vec::new(),
        };
        timeout(PATIENCE, master.serves())
            .await
            .context("it does not serve")??;
        Ok(master)
    }

    async fn serves(&mut self) -> anyhow::Result<()> {
        while TcpStream::connect(self.address).await.is_err() {
            if let Some(status) = self.child.try_wait()? {
                bail!("it ended with {status} and said:\n{}", self.said());
            }
            sleep(LOOK).await;
        }
        Ok(())
    }

    fn said(&self) -> String {
        fs::read_to_string(self.directory.path().join("stderr")).unwrap_or_default()
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The master and its workers.
    pub(crate) fn processes(&self) -> anyhow::Result<Vec<u32>> {
        let mut all = self.workers()?;
        all.push(self.id()?);
        Ok(all)
    }

    fn id(&self) -> anyhow::Result<u32> {
        self.child.id().context("the master has ended")
    }

    fn workers(&self) -> anyhow::Result<Vec<u32>> {
        let id = self.id()?;
        let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children"))
            .context("failed to read the workers")?;
        let ids = children.split_whitespace();
        Ok(ids.filter_map(|id| id.parse().ok()).collect())
    }

    pub(super) async fn reload(&mut self) -> anyhow::Result<Restarted> {
        let before = self.workers()?;
        let (left_behind, old): (Vec<u32>, Vec<u32>) =
            before.iter().partition(|id| self.left_behind.contains(id));
        let began = Instant::now();
        signal(self.id()?, self.reload)?;
        let replaced = timeout(LONGEST, self.replaced(&before, &old)).await;
        let lived_on = Some(began.elapsed());
        self.left_behind = left_behind;
        match replaced {
            Ok(replaced) => replaced?,
            Err(_) => self.leave_behind(&before, old)?,
        }
        Ok(Restarted {
            lived_on,
            account: None,
        })
    }

    async fn replaced(&self, before: &[u32], old: &[u32]) -> anyhow::Result<()> {
        loop {
            let now = self.workers()?;
            let has_new = now.iter().any(|id| !before.contains(id));
            if has_new && now.iter().all(|id| !old.contains(id)) {
                return Ok(());
            }
            sleep(LOOK).await;
        }
    }

    /// Goes on without the end of `old`, if there are new ones.
    fn leave_behind(&mut self, before: &[u32], old: Vec<u32>) -> anyhow::Result<()> {
        let has_new = self.workers()?.iter().any(|id| !before.contains(id));
        ensure!(has_new, "no new worker came, and it said:\n{}", self.said());
        self.left_behind.extend(old);
        Ok(())
    }

    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        signal(self.id()?, Signal::TERM)?;
        timeout(PATIENCE, self.child.wait())
            .await
            .context("the master did not stop")??;
        Ok(())
    }
}

/// A master that is killed leaves its workers behind; one that is told to go takes them with it.
impl Drop for Master {
    fn drop(&mut self) {
        if let Some(id) = self.child.id() {
            // Gone already is as good.
            let _ = signal(id, Signal::TERM);
        }
    }
}
