//! The layout of a state folder, and whether a sandbox runs in it.

use super::error::on_disk;
use super::{Description, StateError};
use rustix::fs::{FlockOperation, flock};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// The file that a running sandbox holds locked; its content is the process id.
const LOCK: &str = "sandbox.lock";
/// What a running sandbox says about itself, once it is up.
const DESCRIPTION: &str = "sandbox.json";
/// Where rehearsals have their own folders when there is no `target` folder.
const REHEARSALS: &str = "rehearsal";
/// Where gamedays have theirs.
const GAMEDAYS: &str = "gameday";
/// Everything in the folder that belongs to one run.
const OF_ONE_RUN: [&str; 6] = [
    DESCRIPTION,
    "deploy.log",
    "deploy.toml",
    "instances",
    "keys",
    "store",
];

/// A path layout. Holding one says nothing about who runs there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateFolder {
    root: PathBuf,
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

    /// The file that a running sandbox holds locked.
    pub(super) fn lock_file(&self) -> PathBuf {
        self.root.join(LOCK)
    }

    /// The file in which it says how to reach it.
    pub(super) fn description_file(&self) -> PathBuf {
        self.root.join(DESCRIPTION)
    }

    /// The folder for rehearsals that nobody named: in the build folder of `program`, if it lies in one, else here.
    pub fn rehearsals(program: &Path) -> PathBuf {
        build_folder(program).join(REHEARSALS)
    }

    /// The folder for gamedays that nobody named.
    pub fn gamedays(program: &Path) -> PathBuf {
        build_folder(program).join(GAMEDAYS)
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
    pub(super) fn refuse_strangers(&self) -> Result<(), StateError> {
        let entries = match std::fs::read_dir(&self.root) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => on_disk(&self.root, entries)?,
        };
        let strangers = entries
            .flatten()
            .any(|entry| entry.file_name() != REHEARSALS && entry.file_name() != GAMEDAYS);
        if strangers && !self.root.join(LOCK).exists() {
            return Err(StateError::NotOurs(self.root.clone()));
        }
        Ok(())
    }

    /// Removes what an earlier run left.
    pub(super) fn clear(&self) -> Result<(), StateError> {
        OF_ONE_RUN.iter().try_for_each(|name| self.remove(name))
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

fn build_folder(program: &Path) -> &Path {
    let build = program
        .ancestors()
        .find(|folder| folder.ends_with("target"));
    build.unwrap_or(Path::new(".sandbox"))
}
