//! The folder that the agent owns, and what lies where in it.
//!
//! ```text
//! lock                                 held while an agent runs
//! releases/<digest16>-<version>/       one verified release, never written again
//!     manifest.json                    its exact bytes, whose digest the instance's tag pins
//!     files/                           its files
//! staging/<random>/                    on its way in or out; wiped at every start
//! current, previous -> releases/…      for people
//! run/                                 sockets
//! ```

use contract::digest::Digest;
use rustix::fs::FlockOperation;
use semver::Version;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// The agent's folder, locked.
#[derive(Debug)]
pub(crate) struct Disk {
    root: PathBuf,
    _lock: File,
}

/// Why the folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DiskError {
    #[error("another agent uses {root}")]
    InUse { root: PathBuf },
    #[error("cannot use {path}")]
    Unusable {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

impl Disk {
    /// Creates what is missing, takes the lock and clears what an earlier agent left half done.
    pub(crate) fn open(root: &Path) -> Result<Self, DiskError> {
        let unusable = |source| DiskError::Unusable {
            path: root.to_owned(),
            source,
        };
        create_folder(root, 0o755).map_err(unusable)?;
        let root = root.canonicalize().map_err(unusable)?;
        let lock = take_lock(&root)?;
        let disk = Self { root, _lock: lock };
        disk.prepare().map_err(unusable)?;
        Ok(disk)
    }

    fn prepare(&self) -> io::Result<()> {
        remove_if_present(&self.staging())?;
        create_folder(&self.staging(), 0o700)?;
        create_folder(&run(&self.root), 0o700)?;
        create_folder(&self.releases(), 0o755)?;
        sync_folder(&self.root)
    }

    /// The folder itself.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Where verified releases lie.
    pub(crate) fn releases(&self) -> PathBuf {
        self.root.join("releases")
    }

    /// Where one release lies or would lie.
    pub(crate) fn release(&self, digest: &Digest, version: &Version) -> PathBuf {
        self.releases()
            .join(format!("{}-{version}", digest.short()))
    }

    /// A new name below `staging/`; nothing is created.
    pub(crate) fn staging_place(&self) -> PathBuf {
        self.staging()
            .join(format!("{:016x}", rand::random::<u64>()))
    }

    /// Takes a folder away in one step and then removes it, so that a crash never leaves half a release.
    pub(crate) fn discard(&self, folder: &Path) -> io::Result<()> {
        let away = self.staging_place();
        match fs::rename(folder, &away) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        }
        sync_folder(&self.releases())?;
        remove_if_present(&away)
    }

    fn staging(&self) -> PathBuf {
        self.root.join("staging")
    }
}

/// Where sockets lie below an agent's folder.
pub(crate) fn run(root: &Path) -> PathBuf {
    root.join("run")
}

fn take_lock(root: &Path) -> Result<File, DiskError> {
    let path = root.join("lock");
    let unusable = |source| DiskError::Unusable {
        path: path.clone(),
        source,
    };
    let lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(unusable)?;
    match rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(lock),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(DiskError::InUse {
            root: root.to_owned(),
        }),
        Err(error) => Err(unusable(error.into())),
    }
}

/// Creates a folder and its parents, unless it is there.
pub(super) fn create_folder(path: &Path, mode: u32) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(mode).create(path)
}

/// Makes the names in a folder survive a power cut.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

fn remove_if_present(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_agent_at_a_time_and_the_next_one_after_it() {
        let folder = tempfile::tempdir().unwrap();
        let first = Disk::open(folder.path()).unwrap();
        let second = Disk::open(folder.path());
        assert!(matches!(second, Err(DiskError::InUse { .. })), "{second:?}");
        drop(first);
        Disk::open(folder.path()).unwrap();
    }

    #[test]
    fn what_was_half_done_is_gone_at_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        let place = Disk::open(folder.path()).unwrap().staging_place();
        fs::create_dir_all(place.join("files")).unwrap();
        fs::write(place.join("files/app"), "half").unwrap();
        Disk::open(folder.path()).unwrap();
        assert!(!place.exists());
        assert!(place.parent().unwrap().is_dir());
    }
}
