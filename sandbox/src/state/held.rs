//! A state folder that this process runs in.
//!
//! The lock file is locked for as long as the sandbox runs; the kernel lets go of it however that ends, so a stale lock does not
//! exist.

use super::error::on_disk;
use super::{Description, StateError, StateFolder};
use crate::process::leftovers;
use rustix::fs::{FlockOperation, flock};
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};

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
    /// Takes the folder for this process and clears away what an earlier sandbox left in it, processes included.
    pub fn take(self) -> Result<Held, StateError> {
        let held = self.seize()?;
        let folder = &held.folder;
        folder.clear()?;
        for folder in [folder.instances(), folder.store(), folder.keys()] {
            on_disk(&folder, std::fs::create_dir_all(&folder))?;
        }
        Ok(held)
    }

    /// Takes the folder for this process and ends the processes that a killed sandbox left in it; keeps its files.
    pub(super) fn seize(self) -> Result<Held, StateError> {
        self.refuse_strangers()?;
        on_disk(self.root(), std::fs::create_dir_all(self.root()))?;
        let path = self.lock_file();
        let open = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path);
        let mut lock = on_disk(&path, open)?;
        if !locked(&lock) {
            return Err(StateError::Busy {
                folder: self.root().to_owned(),
                pid: self.holder(),
            });
        }
        let written = lock
            .set_len(0)
            .and_then(|()| write!(lock, "{}", std::process::id()));
        on_disk(&path, written)?;
        let swept = on_disk(&self.instances(), leftovers::sweep(&self.instances()))?;
        Ok(Held {
            folder: self,
            swept,
            _lock: lock,
        })
    }
}

impl Held {
    /// Tells `env` and `down` how to reach this sandbox.
    pub fn describe(&self, description: &Description) -> Result<(), StateError> {
        let path = self.folder.description_file();
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
        let _ = std::fs::remove_file(self.folder.description_file());
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
            page: "http://127.0.0.1:1/_sandbox/".to_owned(),
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
