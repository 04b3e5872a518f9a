//! The Unix socket at the handoff path: made without a moment in which it is half there, removed
//! only by its owner, and connected to. What is said over it is not known here.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixListener as StdUnixListener;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};
use tokio::net::UnixListener;
use tokio::time::{Instant, sleep_until};

use super::error::HandoffError;
use super::link::Link;

/// `sun_path` has 108 bytes, the last of which is a NUL (`unix(7)`).
const MAX_PATH: usize = 107;

/// Successors that may wait to be accepted. One is normal.
const BACKLOG: i32 = 16;

/// The folder's lock is held for two system calls at most; whoever holds it longer is no server of
/// this kind and not waited for.
const LOCK_ATTEMPTS: u32 = 1000;

/// Out of descriptors, a pause gives connections time to end.
const PAUSE: Duration = Duration::from_millis(50);

#[derive(Debug)]
pub(super) struct ControlSocket {
    path: PathBuf,
    listener: UnixListener,
    identity: Identity,
    paused_until: Option<Instant>,
}

/// Which file. The kernel gives its number to no other file while the socket is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
}

/// What asking for a link came to.
#[derive(Debug)]
pub(super) enum Call {
    Answered(OwnedFd),
    /// No socket, or one whose process has ended.
    Nobody,
    /// Others wait to be accepted.
    Queued,
}

impl ControlSocket {
    /// Takes over `path`: listens under another name beside it, then renames it over what is there,
    /// so that whoever connects reaches the old owner or this one.
    pub(super) fn bind(path: &Path) -> Result<Self, HandoffError> {
        refuse_other_files(path)?;
        let temporary = name_beside(path);
        let bound = Self::bind_by_way_of(&temporary, path);
        if bound.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        bound
    }

    fn bind_by_way_of(temporary: &Path, path: &Path) -> Result<Self, HandoffError> {
        let failed = |source| HandoffError::at(path, "listen at", source);
        let address = address(path, temporary)?;
        // A process that was killed may have left it, under the same process id.
        let _ = fs::remove_file(temporary);
        let socket = socket().map_err(|error| failed(error.into()))?;
        rustix::net::bind(&socket, &address).map_err(|error| failed(error.into()))?;
        // Nobody can connect before it listens, so there is no moment with wider permissions.
        fs::set_permissions(temporary, Permissions::from_mode(0o600)).map_err(failed)?;
        rustix::net::listen(&socket, BACKLOG).map_err(|error| failed(error.into()))?;
        let listener = UnixListener::from_std(StdUnixListener::from(socket)).map_err(failed)?;
        let identity = Identity::of(temporary).map_err(failed)?;
        let _lock = lock_folder(path);
        fs::rename(temporary, path).map_err(failed)?;
        Ok(Self {
            path: path.to_owned(),
            listener,
            identity,
            paused_until: None,
        })
    }

    /// Whether the path leads here, and not to a process that took it over.
    fn is_ours(&self) -> bool {
        Identity::of(&self.path).is_ok_and(|identity| identity == self.identity)
    }

    /// Takes the path back from a process that took it over and has ended. Whether it is settled
    /// who owns it: a process that is just ending may still seem to answer.
    pub(super) fn reclaim(&mut self) -> bool {
        if self.is_ours() {
            return true;
        }
        if !matches!(connect(&self.path), Ok(Call::Nobody)) {
            return false;
        }
        match Self::bind(&self.path) {
            Ok(socket) => *self = socket,
            Err(error) => {
                tracing::warn!(%error, "no successor can find this process: its handoff path is lost");
            }
        }
        true
    }

    /// The next process that connects. Safe to cancel.
    pub(super) async fn accept(&mut self) -> Link {
        loop {
            if let Some(until) = self.paused_until {
                sleep_until(until).await;
                self.paused_until = None;
            }
            match self.listener.accept().await {
                Ok((socket, _)) => return Link::accepted(socket),
                Err(error) => {
                    tracing::warn!(%error, "failed to accept a successor; trying again soon");
                    self.paused_until = Some(Instant::now() + PAUSE);
                }
            }
        }
    }
}

impl Drop for ControlSocket {
    fn drop(&mut self) {
        // Without the lock, a successor could move its own socket here between the look and the
        // removal. A socket that stays behind does no harm: nobody answers there.
        if let Some(_lock) = lock_folder(&self.path)
            && self.is_ours()
        {
            let _ = fs::remove_file(&self.path);
        }
    }
}

impl Identity {
    fn of(path: &Path) -> io::Result<Self> {
        let file = fs::symlink_metadata(path)?;
        Ok(Self {
            device: file.dev(),
            inode: file.ino(),
        })
    }
}

/// Asks for a link to the process that owns `path`. Never blocks.
pub(super) fn connect(path: &Path) -> Result<Call, HandoffError> {
    refuse_other_files(path)?;
    let address = address(path, path)?;
    let failed = |source: Errno| HandoffError::at(path, "connect to", source.into());
    let socket = socket().map_err(failed)?;
    match rustix::net::connect(&socket, &address) {
        Ok(()) => Ok(Call::Answered(socket)),
        Err(Errno::CONNREFUSED) => Ok(Call::Nobody),
        Err(Errno::NOENT) if folder(path).is_dir() => Ok(Call::Nobody),
        Err(Errno::AGAIN) => Ok(Call::Queued),
        Err(error @ Errno::PROTOTYPE) => Err(HandoffError::OtherProgram {
            path: path.to_owned(),
            source: error.into(),
        }),
        Err(error) => Err(failed(error)),
    }
}

fn socket() -> Result<OwnedFd, Errno> {
    rustix::net::socket_with(
        AddressFamily::UNIX,
        SocketType::SEQPACKET,
        SocketFlags::CLOEXEC | SocketFlags::NONBLOCK,
        None,
    )
}

/// The address of `used`, a name for `path`. Both must fit, or a server could connect and not bind.
fn address(path: &Path, used: &Path) -> Result<SocketAddrUnix, HandoffError> {
    let longest = path
        .as_os_str()
        .len()
        .max(name_beside(path).as_os_str().len());
    if longest > MAX_PATH {
        return Err(HandoffError::PathTooLong {
            path: path.to_owned(),
            excess: longest - MAX_PATH,
        });
    }
    SocketAddrUnix::new(used.as_os_str().as_bytes())
        .map_err(|error| HandoffError::at(path, "use", error.into()))
}

/// The kernel calls a file that is no socket a socket that nobody listens to, and renaming over it
/// would destroy it.
fn refuse_other_files(path: &Path) -> Result<(), HandoffError> {
    match fs::symlink_metadata(path) {
        Ok(file) if !file.file_type().is_socket() => Err(HandoffError::NotASocket {
            path: path.to_owned(),
        }),
        _ => Ok(()),
    }
}

fn name_beside(path: &Path) -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed) % 0x1000;
    folder(path).join(format!(".{:x}-{count:03x}", process::id()))
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Keeps other servers from moving sockets in `path`'s folder until it is dropped.
fn lock_folder(path: &Path) -> Option<File> {
    let folder = File::open(folder(path)).ok()?;
    for _ in 0..LOCK_ATTEMPTS {
        match folder.try_lock() {
            Ok(()) => return Some(folder),
            Err(_) => thread::yield_now(),
        }
    }
    None
}
