//! `baton-agent exec`: the moment between the agent and the server. The agent starts itself anew with the listener as
//! stdin; here, in a process with one thread, the listener moves to descriptor 3, and the process becomes the server. It
//! spares the agent code that runs between fork and exec.

use super::runnable::{self, Unrunnable};
use crate::cli::Exec;
use rustix::fs::{Mode, OFlags};
use rustix::io::FdFlags;
use rustix::process::Signal;
use std::convert::Infallible;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// The first descriptor that systemd's protocol passes
/// (<https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html>).
const FIRST: i32 = 3;

/// Why the process did not become the server.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ShimError {
    #[error("the agent that started this is gone")]
    Orphaned,
    #[error(
        "descriptor {FIRST} is taken: the agent was started with open descriptors that it does not know"
    )]
    DescriptorTaken,
    #[error("cannot pass the listening socket on")]
    Descriptors(#[source] rustix::io::Errno),
    #[error("cannot start {program}")]
    Unrunnable {
        program: String,
        #[source]
        source: Unrunnable,
    },
    #[error("cannot start {program}")]
    Exec {
        program: String,
        #[source]
        source: io::Error,
    },
}

/// Becomes the server.
pub(crate) fn exec(exec: &Exec) -> Result<Infallible, ShimError> {
    if exec.die_with_parent {
        tie_to_parent(exec.parent)?;
    }
    // Leaked on purpose: the descriptor belongs to the server from here on.
    let listener = pass_listener()?;
    let (program, args) = exec.command.split_first().ok_or(ShimError::Orphaned)?;
    let name = || program.to_string_lossy().into_owned();
    runnable::check(Path::new(program)).map_err(|source| ShimError::Unrunnable {
        program: name(),
        source,
    })?;
    let source = Command::new(program)
        .args(args)
        .env("LISTEN_FDS", "1")
        .env("LISTEN_FDNAMES", "http")
        .env("LISTEN_PID", std::process::id().to_string())
        .exec();
    drop(listener);
    Err(ShimError::Exec {
        program: name(),
        source,
    })
}

/// Asks for SIGKILL at the agent's end, and then looks whether it has ended already.
fn tie_to_parent(parent: i32) -> Result<(), ShimError> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(ShimError::Descriptors)?;
    let found = rustix::process::getppid().map(|pid| pid.as_raw_nonzero().get());
    if found == Some(parent) {
        Ok(())
    } else {
        Err(ShimError::Orphaned)
    }
}

fn pass_listener() -> Result<rustix::fd::OwnedFd, ShimError> {
    let listener = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdin(), FIRST)
        .map_err(ShimError::Descriptors)?;
    if listener.as_raw_fd() != FIRST {
        return Err(ShimError::DescriptorTaken);
    }
    rustix::io::fcntl_setfd(&listener, FdFlags::empty()).map_err(ShimError::Descriptors)?;
    let null = rustix::fs::open("/dev/null", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())
        .map_err(ShimError::Descriptors)?;
    rustix::stdio::dup2_stdin(&null).map_err(ShimError::Descriptors)?;
    Ok(listener)
}
