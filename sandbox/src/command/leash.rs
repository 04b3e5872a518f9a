//! `sandbox leash`, for the sandbox itself: runs a program that dies when the sandbox does.

use super::failure::{Exit, Failure, Outcome};
use std::ffi::OsString;

/// Run a program that is killed when the process PID ends (used by the sandbox itself)
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The process that must be this one's parent
    #[arg(long, value_name = "PID")]
    parent: i32,

    /// The program and its arguments
    #[arg(last = true, required = true, value_name = "PROGRAM")]
    program: Vec<OsString>,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let (program, rest) = args.program.split_first().ok_or_else(|| {
        Failure::plain(Exit::Usage, anyhow::anyhow!("there is no program to run"))
    })?;
    let error = sandbox::process::leash::exec(args.parent, program, rest);
    let error =
        anyhow::Error::new(error).context(format!("could not run {}", program.to_string_lossy()));
    Err(Failure::plain(Exit::NotStarted, error))
}
