//! `baton-agent`: installs, runs and retires the release of one instance. The map is in `agent/README.md`.

mod cli;
mod clock;
mod cloud;
mod config;
mod drive;
mod duty;
mod host;
mod install;
mod report;
mod seen;
mod supervisor;
mod trouble;

use clap::Parser;
use cli::{Cli, Command, Run};
use config::Config;
use host::Machine;
use std::error::Error;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Run(run) => look_after(&run),
        // Before any thread or runtime exists: this process becomes the server.
        Command::Exec(exec) => match supervisor::shim::exec(&exec) {
            Err(error) => Err(error.into()),
        },
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(error.as_ref());
            ExitCode::FAILURE
        }
    }
}

/// One thread runs everything: the kernel ties a child's death signal to the thread that started it, and this one lives
/// as long as the agent.
fn look_after(run: &Run) -> Result<(), Box<dyn Error>> {
    if run.die_with_parent {
        rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    }
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_target(false)
        .with_env_filter(log_filter())
        .init();
    let config = Config::load(run)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        if let Some(mut machine) = Machine::start(config, run.die_with_parent).await? {
            let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
            drive::drive(&mut machine).await;
        }
        let _ = sd_notify::notify(&[sd_notify::NotifyState::Stopping]);
        Ok(())
    })
}

/// `RUST_LOG`, or the agent's own words and what others warn of.
fn log_filter() -> EnvFilter {
    EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn,baton_agent=info"))
}

#[expect(
    clippy::print_stderr,
    reason = "the last word of a program that cannot go on"
)]
fn complain(error: &(dyn Error + 'static)) {
    eprintln!("baton-agent: {}", trouble::chain(error));
}
