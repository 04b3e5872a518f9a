//! The datagram socket on which the server says READY=1
//! (<https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html>).

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use tokio::net::UnixDatagram;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The longest path of a Unix socket, without its final zero.
const MAX_PATH: usize = 107;

/// One server's readiness. A new server gets a new socket, so that nothing said by the one before counts for it.
#[derive(Debug)]
pub(super) struct Readiness {
    path: PathBuf,
    /// The folder that was made for this socket alone.
    made: Option<PathBuf>,
    ready: watch::Receiver<bool>,
    reader: JoinHandle<()>,
}

impl Readiness {
    /// Binds a socket below `folder`, or below the system's temporary folder where the path would be too long.
    pub(super) fn bind(folder: &Path) -> io::Result<Self> {
        let (path, made) = socket_path(folder)?;
        let socket = UnixDatagram::bind(&path)?;
        let (said, ready) = watch::channel(false);
        let reader = tokio::spawn(listen(socket, said));
        Ok(Self {
            path,
            made,
            ready,
            reader,
        })
    }

    /// For `NOTIFY_SOCKET`.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Resolves when READY=1 has come.
    pub(super) async fn ready(&mut self) {
        if self.ready.wait_for(|ready| *ready).await.is_err() {
            // The reader ends only with this value; a server that cannot be heard is not ready.
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Readiness {
    fn drop(&mut self) {
        self.reader.abort();
        // Best effort: `run/` may hold a dead socket file, which no later one collides with.
        let _ = fs::remove_file(&self.path);
        if let Some(made) = &self.made {
            let _ = fs::remove_dir(made);
        }
    }
}

/// Where the socket goes, and the folder that had to be made for it because `folder` is too deep.
fn socket_path(folder: &Path) -> io::Result<(PathBuf, Option<PathBuf>)> {
    let token = rand::random::<u32>();
    let path = folder.join(format!("notify-{token:08x}.sock"));
    if path.as_os_str().len() <= MAX_PATH {
        return Ok((path, None));
    }
    let process = std::process::id();
    let made = std::env::temp_dir().join(format!("baton-agent-{process}-{token:08x}"));
    DirBuilder::new().mode(0o700).create(&made)?;
    Ok((made.join("notify.sock"), Some(made)))
}

/// Reads as long as the server lives: it may say more, and would block on a full queue.
async fn listen(socket: UnixDatagram, said: watch::Sender<bool>) {
    let mut buffer = [0; 4096];
    while let Ok(length) = socket.recv(&mut buffer).await {
        let message = String::from_utf8_lossy(&buffer[..length]);
        for line in message.lines() {
            match line.split_once('=') {
                Some(("READY", "1")) => {
                    said.send_replace(true);
                }
                Some(("STATUS", text)) => tracing::info!("the server says: {text}"),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixDatagram as Sender;

    #[tokio::test]
    async fn readiness_is_one_line_among_others() {
        let folder = tempfile::tempdir().unwrap();
        let mut readiness = Readiness::bind(folder.path()).unwrap();
        let server = Sender::unbound().unwrap();
        server
            .send_to(b"STATUS=warming up\nREADY=0", readiness.path())
            .unwrap();
        assert!(!*readiness.ready.borrow());
        server
            .send_to(b"STATUS=warm\nREADY=1\n", readiness.path())
            .unwrap();
        readiness.ready().await;
    }

    #[tokio::test]
    async fn a_long_root_does_not_make_the_socket_unusable() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("x".repeat(120));
        fs::create_dir(&deep).unwrap();
        let mut readiness = Readiness::bind(&deep).unwrap();
        assert!(!readiness.path().starts_with(&deep));
        let server = Sender::unbound().unwrap();
        server.send_to(b"READY=1", readiness.path()).unwrap();
        readiness.ready().await;
        let made = readiness.path().parent().unwrap().to_owned();
        drop(readiness);
        assert!(!made.exists(), "nothing is left behind");
    }
}
