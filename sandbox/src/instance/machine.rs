//! One instance from power-on to power-off.
//!
//! The order is a machine's own: network and metadata first, then "running", then the first boot, then the agent. A machine
//! whose user data starts nothing is on all the same, as it would be at AWS, with nothing in it. Whatever else goes wrong on
//! the way is what goes wrong on a machine too: it ends, and whoever launched it hears of that. What became of it stands in
//! the instance's `console.log`, what the agent said in its `agent.log`.

use super::address::AddressError;
use super::boot::{BootError, below, boot};
use super::machines::{Control, Said, Site};
use super::power::{Off, Orders, not_yet, until_told, wait};
use super::small_disk;
use super::trouble::Troubles;
use super::unit::{ExecStart, UnitError, started_by};
use crate::imds::{self, Metadata, MetadataSource};
use crate::listening;
use crate::process::{SpawnError, leftovers};
use crate::world::InstanceId;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::net::Ipv4Addr;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use tokio_util::task::AbortOnDropHandle;

/// Why a machine went off by itself.
#[derive(Debug, thiserror::Error)]
enum MachineError {
    #[error(transparent)]
    Address(#[from] AddressError),
    #[error("could not use {path}")]
    Disk { path: PathBuf, source: io::Error },
    #[error("could not serve its metadata")]
    Metadata(#[source] io::Error),
    #[error("the unit's argument {0} is not a path below /")]
    Argument(String),
    #[error(transparent)]
    Spawn(#[from] SpawnError),
}

/// Why nothing runs in a machine that is on.
#[derive(Debug, thiserror::Error)]
enum Idle {
    #[error(transparent)]
    Boot(#[from] BootError),
    #[error(transparent)]
    Unit(#[from] UnitError),
    #[error("its unit starts {0}, which the sandbox has not got")]
    Program(String),
}

/// Where the agent keeps everything, below the machine's root.
const STATE: &str = "var/lib/baton";

/// One machine.
pub(super) struct Machine {
    pub(super) site: Arc<Site>,
    pub(super) control: Arc<dyn Control>,
    pub(super) id: InstanceId,
    /// The process id of the agent; 0 while none runs.
    pub(super) agent: Arc<AtomicI32>,
    /// What has been said of machines in which nothing runs.
    pub(super) said: Arc<Said>,
}

impl Machine {
    /// From power-on to power-off.
    pub(super) async fn live(&self, user_data: Option<&[u8]>, orders: &mut Orders) {
        let line = match self.run(user_data, orders).await {
            Ok(end) => end,
            Err(error) => {
                let line = format!("could not come up: {}", chain(&error));
                tracing::warn!(instance = %self.id, "{line}");
                line
            }
        };
        self.tell_console(&line);
    }

    /// The console is for people; a full disk must not keep the world from hearing of the end.
    fn tell_console(&self, line: &str) {
        let _ = self
            .append("console.log")
            .and_then(|mut console| writeln!(console, "{line}"));
    }

    async fn run(
        &self,
        user_data: Option<&[u8]>,
        orders: &mut Orders,
    ) -> Result<String, MachineError> {
        let disk = |source| MachineError::Disk {
            path: self.root(),
            source,
        };
        std::fs::create_dir_all(self.root()).map_err(disk)?;
        let address = self.site.network.allocate()?;
        let (metadata, _serving) = self.serve_metadata(address.ip())?;
        let troubles = self.control.troubles(&self.id);
        self.control.running(&self.id, address.ip());
        if let Some(end) = not_yet(&troubles, orders).await {
            return Ok(end);
        }

        let unit = match self.first_boot(user_data) {
            Ok(unit) => unit,
            Err(idle) => return Ok(self.idle(&idle, orders).await),
        };
        loop {
            let command = self
                .command(&unit, address.ip(), &metadata, &troubles)
                .await?;
            let agent = self.site.spawner.spawn(command).await?;
            leftovers::note(&self.root(), agent.pid()).map_err(disk)?;
            self.agent
                .store(agent.pid().as_raw_pid(), Ordering::Release);
            let off = self.until_off(agent, &troubles, orders).await;
            self.agent.store(0, Ordering::Release);
            match (off, unit.restart) {
                (Off::Killed(_), Some(pause)) => {
                    if let Some(end) = wait(pause, orders).await {
                        return Ok(end);
                    }
                }
                (Off::Ended(ended) | Off::Killed(ended), _) => {
                    return Ok(format!("the agent {ended}"));
                }
            }
        }
    }

    /// Does what the user data says; answers what it starts.
    fn first_boot(&self, user_data: Option<&[u8]>) -> Result<ExecStart, Idle> {
        let commands = boot(&self.root(), user_data)?;
        let unit = started_by(&commands, &self.root())?;
        if self.site.programs.join(&unit.program).exists() {
            return Ok(unit);
        }
        Err(Idle::Program(unit.program))
    }

    /// On, with nothing in it, until it is told to go. The reason is said once, not again by each machine of a group.
    async fn idle(&self, idle: &Idle, orders: &mut Orders) -> String {
        let line = format!("nothing runs in it: {}", chain(idle));
        if self.said.is_new(&line) {
            tracing::warn!(instance = %self.id, "{line}");
        }
        self.tell_console(&line);
        until_told(orders).await
    }

    /// The instance's folder, which is its `/`.
    fn root(&self) -> PathBuf {
        self.site.instances.join(self.id.as_str())
    }

    /// Serves the metadata until the handle is dropped; answers the endpoint.
    fn serve_metadata(
        &self,
        ip: Ipv4Addr,
    ) -> Result<(String, AbortOnDropHandle<()>), MachineError> {
        let listener = listening::listen((ip, 0).into()).map_err(MachineError::Metadata)?;
        let address = listener.local_addr().map_err(MachineError::Metadata)?;
        let source = Arc::new(Own {
            control: Arc::clone(&self.control),
            id: self.id.clone(),
        });
        let clock = self.site.clock;
        let clock = Arc::new(move || clock.now());
        let serving = tokio::spawn(imds::serve(listener, source, clock));
        Ok((format!("http://{address}"), AbortOnDropHandle::new(serving)))
    }

    /// The agent as the unit would start it, with every path moved below the instance's folder.
    async fn command(
        &self,
        unit: &ExecStart,
        address: Ipv4Addr,
        metadata: &str,
        troubles: &Troubles,
    ) -> Result<Command, MachineError> {
        let root = self.root();
        let log = self.append("agent.log");
        let log = log.and_then(|log| Ok((log.try_clone()?, log)));
        let (out, err) = log.map_err(|source| MachineError::Disk {
            path: root.join("agent.log"),
            source,
        })?;
        let program = self.site.programs.join(&unit.program);
        let state = root.join(STATE);
        let mut command = match troubles.disk {
            None => Command::new(program),
            Some(size) => {
                std::fs::create_dir_all(&state).map_err(|source| MachineError::Disk {
                    path: state.clone(),
                    source,
                })?;
                small_disk::command(&self.site.spawner, &state, size, &program).await
            }
        };
        command.args(local(&unit.args, &root)?);
        command.arg("--root").arg(state);
        command.args([
            "--listen-address",
            &address.to_string(),
            "--die-with-parent",
        ]);
        // Nothing of this user's environment: an instance has no home, no profile and no proxy.
        command.env_clear();
        command.env("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata);
        command.env("AWS_ENDPOINT_URL", &self.site.endpoint);
        command.env("AWS_REGION", &self.site.region);
        command.env(leftovers::MARK, &root);
        command.current_dir(&root);
        command
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(err)
            .process_group(0);
        Ok(command)
    }

    fn append(&self, name: &str) -> io::Result<File> {
        OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.root().join(name))
    }
}

/// A unit's arguments with absolute paths moved below `root`.
fn local(args: &[String], root: &Path) -> Result<Vec<PathBuf>, MachineError> {
    let moved = |arg: &String| {
        if arg.starts_with('/') {
            below(root, arg).ok_or_else(|| MachineError::Argument(arg.clone()))
        } else {
            Ok(PathBuf::from(arg))
        }
    };
    args.iter().map(moved).collect()
}

/// The metadata of one instance, for its listener.
struct Own {
    control: Arc<dyn Control>,
    id: InstanceId,
}

impl MetadataSource for Own {
    fn metadata(&self) -> Option<Metadata> {
        self.control.metadata(&self.id)
    }
}

/// An error with its causes, on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        line.push_str(": ");
        line.push_str(&source.to_string());
        cause = source.source();
    }
    line
}
