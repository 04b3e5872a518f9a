//! The state folder of a sandbox: who runs there, and where everything in it lies.
//!
//! Its lock file is locked for as long as a sandbox runs there; the kernel lets go of it however the sandbox ends, so a stale
//! lock does not exist. A sandbox starts afresh: what an earlier one left in the folder is removed, nothing else is.

use crate::process::leftovers;
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// The file that a running sandbox holds locked; its content is the process id.
const LOCK: &str = "sandbox.lock";
/// What a running sandbox says about itself, once it is up.
const DESCRIPTION: &str = "sandbox.json";
/// Where rehearsals have their own folders when there is no `target` folder.
const REHEARSALS: &str = "rehearsal";
/// Everything in the folder that belongs to one run.
const OF_ONE_RUN: [&str; 6] = [
    DESCRIPTION,
    "deploy.log",
    "deploy.toml",
    "instances",
    "keys",
    "store",
];

/// Why a state folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Another sandbox runs there.
    #[error("a sandbox runs in {} already (process {pid})", .folder.display())]
    Busy {
        /// The state folder.
        folder: PathBuf,
        /// The process id of the one that runs.
        pid: String,
    },
    /// Nothing runs there.
    #[error("no sandbox runs in {}", .0.display())]
    NotRunning(PathBuf),
    /// One is coming up, or going down.
    #[error("the sandbox in {} is not up yet", .0.display())]
    NotUp(PathBuf),
    /// A folder with other things in it.
    #[error("{} is not empty and not the state of a sandbox", .0.display())]
    NotOurs(PathBuf),
    /// The disk refuses.
    #[error("could not use {}", .path.display())]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// The operating system's reason.
        #[source]
        source: io::Error,
    },
}

impl StateError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            StateError::Busy { .. } => {
                "end it with `sandbox down`, or give this one a folder of its own with --state"
            }
            StateError::NotRunning(_) => {
                "start one with `sandbox up` in another terminal, or name its folder with --state"
            }
            StateError::NotUp(_) => "wait until `sandbox up` has printed its line of JSON",
            StateError::NotOurs(_) => "name an empty folder or one that does not exist yet",
            StateError::Disk { .. } => "check the folder's owner and the space on its disk",
        }
    }
}

/// What `up` prints: how to reach a running sandbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// The AWS endpoint, e.g. `http://127.0.0.1:40123`.
    pub endpoint: String,
    /// The load balancer, e.g. `http://127.0.0.1:40124`.
    pub balancer: String,
    /// The region.
    pub region: String,
    /// The Auto Scaling group's name.
    pub group: String,
    /// The launch template's name.
    pub launch_template: String,
    /// The target group's ARN.
    pub target_group_arn: String,
    /// The release store's URL.
    pub store: String,
    /// The state folder, absolute.
    pub state: PathBuf,
}

/// A path layout. Holding one says nothing about who runs there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateFolder {
    root: PathBuf,
}

/// A state folder that this process runs in.
#[derive(Debug)]
pub struct Held {
    /// The folder.
    pub folder: StateFolder,
    /// How many processes of an earlier, killed sandbox were found and ended.
    pub swept: usize,
    /// Locked until it is closed.
    _lock: File,
}

impl StateFolder {
    /// The folder at `path`, which need not exist.
    pub fn at(path: &Path) -> io::Result<StateFolder> {
        Ok(StateFolder {
            root: std::path::absolute(path)?,
        })
    }

    /// The folder itself, absolute.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where instances have their disks.
    pub fn instances(&self) -> PathBuf {
        self.root.join("instances")
    }

    /// Where buckets are folders.
    pub fn store(&self) -> PathBuf {
        self.root.join("store")
    }

    /// The configuration of `deploy`.
    pub fn deploy_config(&self) -> PathBuf {
        self.root.join("deploy.toml")
    }

    /// What `deploy` said while the sandbox came up.
    pub fn deploy_log(&self) -> PathBuf {
        self.root.join("deploy.log")
    }

    /// Where the signing key and its public half lie.
    pub fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }

    /// The secret key that releases are signed with, where `deploy keygen` puts it.
    pub fn signing_key(&self) -> PathBuf {
        self.keys().join("deploy.key")
    }

    /// Takes the folder for this process and clears away what an earlier sandbox left in it, processes included.
    pub fn take(self) -> Result<Held, StateError> {
        self.refuse_strangers()?;
        on_disk(&self.root, std::fs::create_dir_all(&self.root))?;
        let path = self.root.join(LOCK);
        let open = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path);
        let mut lock = on_disk(&path, open)?;
        if !locked(&lock) {
            return Err(StateError::Busy {
                folder: self.root.clone(),
                pid: self.holder(),
            });
        }
        let written = lock
            .set_len(0)
            .and_then(|()| write!(lock, "{}", std::process::id()));
        on_disk(&path, written)?;
        let swept = on_disk(&self.instances(), leftovers::sweep(&self.instances()))?;
        for name in OF_ONE_RUN {
            self.remove(name)?;
        }
        for folder in [self.instances(), self.store(), self.keys()] {
            on_disk(&folder, std::fs::create_dir_all(&folder))?;
        }
        Ok(Held {
            folder: self,
            swept,
            _lock: lock,
        })
    }

    /// Takes the first folder below `parent` in which no sandbox runs: `1`, `2` and so on.
    pub fn take_free(parent: &Path) -> Result<Held, StateError> {
        let mut last = StateError::NotOurs(parent.to_owned());
        for number in 1..=9 {
            let folder = on_disk(parent, StateFolder::at(&parent.join(number.to_string())))?;
            match folder.take() {
                Err(error @ StateError::Busy { .. }) => last = error,
                taken => return taken,
            }
        }
        Err(last)
    }

    /// The folder for rehearsals that nobody named: in the build folder of `program`, if it lies in one, else here.
    pub fn rehearsals(program: &Path) -> PathBuf {
        let build = program
            .ancestors()
            .find(|folder| folder.ends_with("target"));
        build.unwrap_or(Path::new(".sandbox")).join(REHEARSALS)
    }

    /// What the sandbox that runs here says about itself.
    pub fn description(&self) -> Result<Description, StateError> {
        if !self.is_held()? {
            return Err(StateError::NotRunning(self.root.clone()));
        }
        let text = std::fs::read(self.root.join(DESCRIPTION));
        let described = text
            .ok()
            .and_then(|text| serde_json::from_slice(&text).ok());
        described.ok_or_else(|| StateError::NotUp(self.root.clone()))
    }

    /// Whether a sandbox runs here.
    pub fn is_held(&self) -> Result<bool, StateError> {
        let path = self.root.join(LOCK);
        match File::open(&path) {
            Ok(lock) => Ok(flock(&lock, FlockOperation::NonBlockingLockShared).is_err()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(source) => Err(StateError::Disk { path, source }),
        }
    }

    /// The process id of the sandbox that runs here, as far as its lock file says.
    pub fn holder(&self) -> String {
        std::fs::read_to_string(self.root.join(LOCK)).unwrap_or_default()
    }

    /// A folder with things in it but without a lock file was never a sandbox's: do not clear it.
    fn refuse_strangers(&self) -> Result<(), StateError> {
        let entries = match std::fs::read_dir(&self.root) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => on_disk(&self.root, entries)?,
        };
        let strangers = entries
            .flatten()
            .any(|entry| entry.file_name() != REHEARSALS);
        if strangers && !self.root.join(LOCK).exists() {
            return Err(StateError::NotOurs(self.root.clone()));
        }
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<(), StateError> {
        let path = self.root.join(name);
        let removed = match std::fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_dir() => std::fs::remove_dir_all(&path),
            Ok(_) => std::fs::remove_file(&path),
            Err(_) => Ok(()),
        };
        on_disk(&path, removed)
    }
}

impl Held {
    /// Tells `env` and `down` how to reach this sandbox.
    pub fn describe(&self, description: &Description) -> Result<(), StateError> {
        let path = self.folder.root.join(DESCRIPTION);
        let text = serde_json::to_vec(description).map_err(io::Error::from);
        // Written beside and renamed: a reader sees all of it or nothing.
        let beside = path.with_extension("json.new");
        let written = text
            .and_then(|text| std::fs::write(&beside, text))
            .and_then(|()| std::fs::rename(&beside, &path));
        on_disk(&path, written)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // The lock goes with the file. Nobody is to find the description of a sandbox that is gone.
        let _ = std::fs::remove_file(self.folder.root.join(DESCRIPTION));
    }
}

/// Locks for this process. Whoever asks whether a sandbox runs here holds the lock for an instant, so one refusal is not yet
/// an answer.
fn locked(file: &File) -> bool {
    const ATTEMPTS: usize = 100;
    (0..ATTEMPTS).any(|_| {
        std::thread::yield_now();
        flock(file, FlockOperation::NonBlockingLockExclusive).is_ok()
    })
}

fn on_disk<T>(path: &Path, result: io::Result<T>) -> Result<T, StateError> {
    result.map_err(|source| StateError::Disk {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, StateFolder) {
        let parent = tempfile::tempdir().unwrap();
        let folder = StateFolder::at(&parent.path().join("state")).unwrap();
        (parent, folder)
    }

    fn description(folder: &StateFolder) -> Description {
        Description {
            endpoint: "http://127.0.0.1:1".to_owned(),
            balancer: "http://127.0.0.1:2".to_owned(),
            region: "us-east-1".to_owned(),
            group: "g".to_owned(),
            launch_template: "t".to_owned(),
            target_group_arn: "arn".to_owned(),
            store: "s3://b".to_owned(),
            state: folder.root().to_owned(),
        }
    }

    #[test]
    fn two_sandboxes_never_share_a_folder() {
        let (_parent, folder) = folder();
        let held = folder.clone().take().unwrap();
        let refused = folder.clone().take().unwrap_err();
        assert!(
            refused
                .to_string()
                .contains(&std::process::id().to_string()),
            "{refused}"
        );
        drop(held);
        assert!(folder.take().is_ok());
    }

    #[test]
    fn a_sandbox_is_found_only_while_it_is_up() {
        let (_parent, folder) = folder();
        assert!(matches!(
            folder.description(),
            Err(StateError::NotRunning(_))
        ));
        let held = folder.clone().take().unwrap();
        assert!(matches!(folder.description(), Err(StateError::NotUp(_))));
        held.describe(&description(&folder)).unwrap();
        assert_eq!(folder.description().unwrap(), description(&folder));
        drop(held);
        assert!(matches!(
            folder.description(),
            Err(StateError::NotRunning(_))
        ));
    }

    #[test]
    fn a_run_starts_afresh_and_keeps_what_is_not_its_own() {
        let (_parent, folder) = folder();
        drop(folder.clone().take().unwrap());
        std::fs::write(folder.store().join("old"), "").unwrap();
        std::fs::write(folder.root().join("notes.txt"), "mine").unwrap();
        let _held = folder.clone().take().unwrap();
        assert!(!folder.store().join("old").exists());
        assert!(folder.root().join("notes.txt").exists());
    }

    #[test]
    fn a_folder_of_other_things_is_left_alone() {
        let (_parent, folder) = folder();
        std::fs::create_dir_all(folder.store()).unwrap();
        std::fs::write(folder.store().join("precious"), "").unwrap();
        assert!(matches!(folder.clone().take(), Err(StateError::NotOurs(_))));
        assert!(folder.store().join("precious").exists());
    }
}
