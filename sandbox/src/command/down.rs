//! `sandbox down`: ends a running sandbox and waits until it is gone.

use super::common::StateArgs;
use super::failure::{Exit, Failure, Outcome};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal};
use sandbox::state::{StateError, StateFolder};
use std::process::ExitCode;

/// A sandbox ends within a second; far more than that means that it is stuck, and then it is killed.
const PATIENCE: Timespec = Timespec {
    tv_sec: 20,
    tv_nsec: 0,
};

/// End the sandbox that runs in a folder, with everything it started, and wait until it is gone
///
/// The folder stays, so that its logs can be read; the next `sandbox up` there clears it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    state: StateArgs,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let folder = args.state.folder()?;
    let not_running = || StateError::NotRunning(folder.root().to_owned());
    let pid = folder
        .holder()
        .trim()
        .parse()
        .ok()
        .and_then(Pid::from_raw)
        .ok_or_else(not_running)?;
    // The descriptor first, the lock second: a locked folder then proves whose process the descriptor is.
    let process = rustix::process::pidfd_open(pid, PidfdFlags::empty());
    if !folder.is_held()? {
        return Err(not_running().into());
    }
    let process = process.map_err(|error| Failure::plain(Exit::NotStarted, error))?;
    end(&process, &folder).map_err(|error| Failure::plain(Exit::NotStarted, error))?;
    Ok(ExitCode::SUCCESS)
}

/// Asks, waits, and kills what does not listen: then the parent's death signal takes its children along.
fn end(process: &rustix::fd::OwnedFd, folder: &StateFolder) -> anyhow::Result<()> {
    rustix::process::pidfd_send_signal(process, Signal::TERM)?;
    // A process's descriptor becomes readable when the process ends.
    if poll(&mut [PollFd::new(process, PollFlags::IN)], Some(&PATIENCE))? == 0 {
        tracing::warn!(
            "the sandbox in {} does not end: killing it",
            folder.root().display()
        );
        rustix::process::pidfd_send_signal(process, Signal::KILL)?;
        poll(&mut [PollFd::new(process, PollFlags::IN)], None)?;
    }
    Ok(())
}
