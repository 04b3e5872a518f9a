//! Options and habits that commands share.

use super::failure::{Exit, Failure, Outcome};
use super::quoted::quoted;
use sandbox::binaries::{Binaries, UnderCargo};
use sandbox::process::Spawner;
use sandbox::state::StateFolder;
use std::path::{Path, PathBuf};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The folder of a sandbox that nobody named.
pub(crate) const DEFAULT_STATE: &str = ".sandbox";

/// Which sandbox.
#[derive(Debug, clap::Args)]
pub(crate) struct StateArgs {
    /// The sandbox's folder: store, keys, deploy.toml and the disks and logs of its instances
    #[arg(long, value_name = "DIR", default_value = DEFAULT_STATE)]
    pub(crate) state: PathBuf,
}

impl StateArgs {
    pub(crate) fn folder(&self) -> Result<StateFolder, Failure> {
        folder(&self.state)
    }

    /// What makes any shell, in whatever folder, talk to this sandbox.
    pub(crate) fn eval(&self, folder: &StateFolder) -> String {
        if self.state == Path::new(DEFAULT_STATE) {
            return r#"eval "$(sandbox env)""#.to_owned();
        }
        let folder = quoted(&folder.root().display().to_string());
        format!(r#"eval "$(sandbox env --state {folder})""#)
    }
}

/// The state folder at a path as typed.
pub(crate) fn folder(path: &Path) -> Result<StateFolder, Failure> {
    StateFolder::at(path).map_err(|error| Failure::plain(Exit::Usage, error))
}

/// Where the programs are.
#[derive(Debug, clap::Args)]
pub(crate) struct BinariesArgs {
    /// The folder of deploy, baton-agent and baton-server [default: the folder of this program]
    #[arg(long, value_name = "DIR", env = "SANDBOX_BIN_DIR")]
    bin_dir: Option<PathBuf>,

    /// Set by cargo for what it runs.
    #[arg(hide = true, long, env = "CARGO", hide_env = true)]
    cargo: Option<PathBuf>,

    /// Set by cargo for what it runs.
    #[arg(hide = true, long, env = "CARGO_MANIFEST_DIR", hide_env = true)]
    cargo_manifest_dir: Option<PathBuf>,
}

impl BinariesArgs {
    /// Finds them, and builds them first under `cargo run`.
    pub(crate) fn find(self) -> Result<Binaries, Failure> {
        let cargo = UnderCargo {
            cargo: self.cargo,
            manifest_dir: self.cargo_manifest_dir,
        };
        Ok(Binaries::find(self.bin_dir.as_deref(), &cargo)?)
    }
}

/// Runs a command's work, and leaves no child process behind whatever became of it.
pub(crate) fn block_on(work: impl Future<Output = Outcome>) -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::plain(Exit::NotStarted, error))?;
    let outcome = runtime.block_on(async {
        let outcome = work.await;
        if let Ok(spawner) = Spawner::get() {
            spawner.kill_all().await;
        }
        outcome
    });
    // A task that blocks must not hold up the end of the process.
    runtime.shutdown_background();
    outcome
}

/// SIGINT and SIGTERM.
#[derive(Debug)]
pub(crate) struct Interrupted {
    interrupt: Signal,
    terminate: Signal,
}

impl Interrupted {
    /// From here on neither ends the process by itself.
    pub(crate) fn listen() -> Result<Interrupted, Failure> {
        let listen = |kind| signal(kind).map_err(|error| Failure::plain(Exit::NotStarted, error));
        Ok(Interrupted {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
        })
    }

    /// Waits for one of them.
    pub(crate) async fn wait(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
