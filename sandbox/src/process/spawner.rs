//! The one thread that starts child processes, and the one that hears of their end.
//!
//! A child that asks to die with its parent (`PR_SET_PDEATHSIG`) dies with the *thread* that started it. So one thread starts
//! them all, and it lives as long as the process. The sandbox is also the subreaper of what its children leave behind:
//! orphans become its children, and it reaps and kills them.

use rustix::process::{Pid, Signal, WaitOptions, WaitStatus};
use std::collections::HashMap;
use std::fmt;
use std::process::{ChildStdout, Command};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, mpsc};
use std::{io, thread};
use tokio::sync::{oneshot, watch};

/// Why a child could not be started.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    /// The program cannot be executed.
    #[error("could not start {program}")]
    Start {
        /// The program as given to the command.
        program: String,
        /// The operating system's reason.
        #[source]
        source: io::Error,
    },
    /// The spawning threads are gone or could not be started.
    #[error("the sandbox cannot start processes any more")]
    Gone,
}

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It exited with this status.
    Code(i32),
    /// This signal ended it.
    Signal(i32),
}

impl Ended {
    /// The exit status, if it exited.
    pub fn code(self) -> Option<i32> {
        match self {
            Ended::Code(code) => Some(code),
            Ended::Signal(_) => None,
        }
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ended::Code(code) => write!(f, "exited with status {code}"),
            Ended::Signal(signal) => write!(f, "was ended by signal {signal}"),
        }
    }
}

/// A child that was started.
#[derive(Debug)]
pub struct Child {
    pid: Pid,
    spawner: Spawner,
    end: oneshot::Receiver<Ended>,
    /// The child's standard output if the command asked for a pipe.
    pub stdout: Option<ChildStdout>,
}

impl Child {
    /// Its process id, and the id of its process group if the command gave it one.
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// Sends a signal to the child alone. A child that has ended already is left in peace.
    pub fn signal(&self, signal: Signal) {
        self.spawner.shared.signal(self.pid, signal);
    }

    /// Kills the child and its process group, at once.
    pub fn kill(&self) {
        self.spawner.shared.kill_group(self.pid);
    }

    /// Waits for the end of the child. May be called again after being cancelled, not after having answered.
    pub async fn ended(&mut self) -> Ended {
        // The sender is dropped unanswered only when the whole process is going down.
        (&mut self.end)
            .await
            .unwrap_or(Ended::Signal(Signal::KILL.as_raw()))
    }
}

/// Starts children. Cheap to clone; there is one per process, because reaping is a matter of the whole process.
#[derive(Debug, Clone)]
pub struct Spawner {
    requests: mpsc::Sender<Request>,
    shared: Arc<Shared>,
}

type Request = (Command, oneshot::Sender<Result<Child, SpawnError>>);

impl Spawner {
    /// The spawner of this process. From the first call on, every child of this process is reaped by it: nothing else in
    /// the process may start and await children.
    pub fn get() -> Result<Spawner, SpawnError> {
        static SPAWNER: OnceLock<Option<Spawner>> = OnceLock::new();
        SPAWNER
            .get_or_init(|| Spawner::start().ok())
            .clone()
            .ok_or(SpawnError::Gone)
    }

    fn start() -> io::Result<Spawner> {
        rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
        let mut endings = signal_hook::iterator::Signals::new([signal_hook::consts::SIGCHLD])?;
        let shared = Arc::new(Shared::default());
        let (requests, inbox) = mpsc::channel::<Request>();
        let spawner = Spawner {
            requests,
            shared: Arc::clone(&shared),
        };

        // Holding a sender of its own inbox, this thread never ends by itself.
        let own = spawner.clone();
        thread::Builder::new()
            .name("spawner".to_owned())
            .spawn(move || {
                for (command, reply) in inbox {
                    let started = own.spawn_here(command);
                    if let Err(Ok(unwanted)) = reply.send(started) {
                        unwanted.kill();
                    }
                }
            })?;
        thread::Builder::new()
            .name("reaper".to_owned())
            .spawn(move || {
                for _ in endings.forever() {
                    shared.reap();
                }
            })?;
        Ok(spawner)
    }

    /// Starts a child.
    pub async fn spawn(&self, command: Command) -> Result<Child, SpawnError> {
        let (reply, started) = oneshot::channel();
        self.requests
            .send((command, reply))
            .map_err(|_| SpawnError::Gone)?;
        started.await.map_err(|_| SpawnError::Gone)?
    }

    /// Kills every process whose parent is this one, and what that leaves behind, until there is none.
    pub async fn kill_all(&self) {
        let mut reaped = self.shared.reaped.subscribe();
        loop {
            let children = children();
            if children.is_empty() {
                return;
            }
            for child in children {
                let _ = rustix::process::kill_process(child, Signal::KILL);
            }
            // A killed child is gone only once it is reaped, and that is announced here.
            if reaped.changed().await.is_err() {
                return;
            }
        }
    }

    fn spawn_here(&self, mut command: Command) -> Result<Child, SpawnError> {
        // The lock keeps the reaper out until the child is on the list, however soon it ends.
        let mut waiting = self.shared.waiting();
        let program = command.get_program().to_string_lossy().into_owned();
        let mut child = command
            .spawn()
            .map_err(|source| SpawnError::Start { program, source })?;
        let pid = Pid::from_child(&child);
        let (sender, end) = oneshot::channel();
        waiting.insert(pid, sender);
        Ok(Child {
            pid,
            spawner: self.clone(),
            end,
            stdout: child.stdout.take(),
        })
    }
}

/// What the two threads share.
#[derive(Debug, Default)]
struct Shared {
    /// Children that have not been reaped, so their process ids are theirs.
    waiting: Mutex<HashMap<Pid, oneshot::Sender<Ended>>>,
    /// How many children have been reaped.
    reaped: watch::Sender<u64>,
}

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, HashMap<Pid, oneshot::Sender<Ended>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn signal(&self, pid: Pid, signal: Signal) {
        if self.waiting().contains_key(&pid) {
            let _ = rustix::process::kill_process(pid, signal);
        }
    }

    fn kill_group(&self, pid: Pid) {
        if self.waiting().contains_key(&pid) {
            let _ = rustix::process::kill_process_group(pid, Signal::KILL);
            let _ = rustix::process::kill_process(pid, Signal::KILL);
        }
    }

    /// Reaps what has ended, adopted orphans included.
    fn reap(&self) {
        let mut waiting = self.waiting();
        while let Ok(Some((pid, status))) = rustix::process::wait(WaitOptions::NOHANG) {
            // A child is nothing without its leader: what is left of its group goes with it.
            let _ = rustix::process::kill_process_group(pid, Signal::KILL);
            if let Some(end) = waiting.remove(&pid) {
                let _ = end.send(ended(status));
            }
            self.reaped.send_modify(|count| *count += 1);
        }
    }
}

fn ended(status: WaitStatus) -> Ended {
    match (status.exit_status(), status.terminating_signal()) {
        (Some(code), _) => Ended::Code(code),
        (None, Some(signal)) => Ended::Signal(signal),
        (None, None) => Ended::Signal(0),
    }
}

/// The processes whose parent is this one, zombies included.
fn children() -> Vec<Pid> {
    let own = rustix::process::getpid();
    super::leftovers::processes()
        .filter(|pid| super::leftovers::parent(*pid) == Some(own))
        .collect()
}
