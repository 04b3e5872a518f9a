//! Why a state folder cannot be used, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

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
            StateError::Disk { .. } => DISK_HINT,
        }
    }
}

/// What to do when a state folder cannot be written.
pub const DISK_HINT: &str = "check the folder's owner and the space on its disk";

/// Names the file or folder that an error of the disk is about.
pub(super) fn on_disk<T>(path: &Path, result: io::Result<T>) -> Result<T, StateError> {
    result.map_err(|source| StateError::Disk {
        path: path.to_owned(),
        source,
    })
}
