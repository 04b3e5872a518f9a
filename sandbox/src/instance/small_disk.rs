//! A disk with room for so many bytes: a file system of that size in the memory, which only the programs of the machine see. It
//! takes a user namespace; where those are forbidden, no *file* can grow beyond the size, which is told (`EFBIG` for `ENOSPC`).

use crate::process::{Ended, Spawner};
use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};

/// Mounts, then becomes the program. The first argument is the folder, the rest the program's command line.
const MOUNT: &str =
    "mount -t tmpfs -o mode=0755,size=\"$1\" tmpfs \"$2\" && shift 2 && exec \"$@\"";

/// Bounds every file, then becomes the program: a write beyond is an error, not a signal that kills.
const BOUND: &str = "trap '' XFSZ; ulimit -f \"$1\"; shift 2 && exec \"$@\"";

/// In what `ulimit -f` counts.
const BLOCK: u64 = 512;

/// How a small disk can be had on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Means {
    /// A file system of its own.
    Mount,
    /// A bound on each file.
    Bound,
}

/// The command that runs `program` on a disk at `folder` with room for `size` bytes.
pub(super) async fn command(
    spawner: &Spawner,
    folder: &Path,
    size: u64,
    program: &Path,
) -> Command {
    let means = means(spawner).await;
    if means == Means::Bound {
        tracing::warn!("full-disk: no user namespaces here, so only single files are bounded");
    }
    wrap(means, folder, size, program)
}

/// Mounting needs a user namespace, which may be forbidden; trying is the only way to know.
async fn means(spawner: &Spawner) -> Means {
    let mut trial = Command::new("unshare");
    trial
        .args(["--user", "--map-root-user", "--mount", "true"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    match spawner.spawn(trial).await {
        Ok(mut trial) => match trial.ended().await {
            Ended::Code(0) => Means::Mount,
            _ => Means::Bound,
        },
        Err(_) => Means::Bound,
    }
}

fn wrap(means: Means, folder: &Path, size: u64, program: &Path) -> Command {
    let (mut command, script, size) = match means {
        Means::Mount => {
            let mut command = Command::new("unshare");
            command.args(["--user", "--map-root-user", "--mount", "--", "/bin/sh"]);
            (command, MOUNT, size)
        }
        Means::Bound => (Command::new("/bin/sh"), BOUND, size.div_ceil(BLOCK)),
    };
    let words = ["-c", script, "sh", &size.to_string()].map(OsString::from);
    command.args(words).arg(folder).arg(program);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_keeps_its_own_arguments() {
        let command = wrap(Means::Mount, Path::new("/d"), 4096, Path::new("/p"));
        let args: Vec<_> = command
            .get_args()
            .map(|arg| arg.to_string_lossy())
            .collect();
        assert_eq!(args.last().unwrap(), "/p");
        assert!(args.contains(&"4096".into()) && args.contains(&"/d".into()));
        let command = wrap(Means::Bound, Path::new("/d"), 1000, Path::new("/p"));
        assert!(command.get_args().any(|arg| arg == "2"));
    }
}
