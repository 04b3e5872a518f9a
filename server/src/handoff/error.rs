//! What can go wrong before connections move, each with the path it went wrong at and what to do.

use std::io;
use std::path::{Path, PathBuf};

/// Why a handoff did not come about.
#[derive(Debug, thiserror::Error)]
pub enum HandoffError {
    /// The kernel's limit for the path of a Unix socket.
    #[error("the handoff path {} is too long for a socket; shorten it by {excess} bytes", .path.display())]
    PathTooLong {
        /// The path.
        path: PathBuf,
        /// By how much.
        excess: usize,
    },
    /// There is no folder for the socket.
    #[error("the folder of the handoff path {} does not exist; create it or choose another path", .path.display())]
    NoFolder {
        /// The path.
        path: PathBuf,
    },
    /// Something else than a socket is at the path. It is not overwritten.
    #[error("{} exists and is no socket; remove it or choose another handoff path", .path.display())]
    NotASocket {
        /// The path.
        path: PathBuf,
    },
    /// The filesystem does not let this user in.
    #[error("the handoff path {} may not be used by this user; run both servers as the same user", .path.display())]
    NotPermitted {
        /// The path.
        path: PathBuf,
        /// What the kernel said.
        #[source]
        source: io::Error,
    },
    /// Another user's process answers.
    #[error("the process behind {} belongs to user {uid}; run both servers as the same user", .path.display())]
    OtherUser {
        /// The path.
        path: PathBuf,
        /// Whose process it is.
        uid: u32,
    },
    /// What answers is no server of this kind.
    #[error("something else than this server answers at {}; choose another handoff path", .path.display())]
    OtherProgram {
        /// The path.
        path: PathBuf,
        /// What it did.
        #[source]
        source: io::Error,
    },
    /// Another successor came first.
    #[error("the server at {} is already handing over to another process; try again when that is done", .path.display())]
    Busy {
        /// The path.
        path: PathBuf,
    },
    /// The running server does not agree.
    #[error("the server at {} refuses to hand over: {reason}", .path.display())]
    Refused {
        /// The path.
        path: PathBuf,
        /// Why, in its words.
        reason: String,
    },
    /// The running server does not answer.
    #[error("the server at {} does not answer; see whether it hangs, and stop it if it does", .path.display())]
    Silent {
        /// The path.
        path: PathBuf,
    },
    /// The running server went away while it was asked.
    #[error("the server at {} ended while it was asked to hand over; start again", .path.display())]
    HungUp {
        /// The path.
        path: PathBuf,
    },
    /// Whatever else the kernel says.
    #[error("cannot {action} {}", .path.display())]
    Io {
        /// The path.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// What the kernel said.
        #[source]
        source: io::Error,
    },
}

impl HandoffError {
    /// What an error of the filesystem at `path` means.
    pub(super) fn at(path: &Path, action: &'static str, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound => Self::NoFolder { path },
            io::ErrorKind::PermissionDenied => Self::NotPermitted { path, source },
            _ => Self::Io {
                path,
                action,
                source,
            },
        }
    }

    /// The server at `path` did `what`, which none of this kind does.
    pub(super) fn nonsense(
        path: &Path,
        what: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::OtherProgram {
            path: path.to_owned(),
            source: io::Error::new(io::ErrorKind::InvalidData, what),
        }
    }
}
