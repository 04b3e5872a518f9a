//! Ties a program that knows nothing of it to the life of its parent: `sandbox leash --parent PID -- PROGRAM ARGS`.
//!
//! The parent's death signal is asked for by this process and survives `exec`, so the program runs under its own name and
//! process id and is killed with whoever started the leash.

use rustix::process::{Pid, Signal};
use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

/// A command that runs `program` on a leash held by this process. `sandbox` is the sandbox's own executable.
pub fn leashed(sandbox: &Path, program: &Path) -> Command {
    let mut command = Command::new(sandbox);
    command
        .args([
            "leash",
            "--parent",
            &rustix::process::getpid().to_string(),
            "--",
        ])
        .arg(program);
    command
}

/// Becomes `program`. Returns only if that fails.
pub fn exec(parent: i32, program: &OsString, args: &[OsString]) -> io::Error {
    if let Err(error) = rustix::process::set_parent_process_death_signal(Some(Signal::KILL)) {
        return error.into();
    }
    // The parent may have died before the signal was asked for.
    if rustix::process::getppid() != Pid::from_raw(parent) {
        return io::Error::other("the process that holds the leash is gone");
    }
    Command::new(program).args(args).exec()
}
