//! `baton-server`: the library's first user. A page, a small JSON API and the health, version and
//! metrics endpoints that a service behind a load balancer needs.

mod app;
mod cli;
mod lifetime;

use std::io::{self, IsTerminal};
use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::EnvFilter;

fn main() -> anyhow::Result<ExitCode> {
    let args = cli::Args::parse();
    tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into()))
        .init();
    if let Err(error) = server::sockets::raise_descriptor_limit() {
        tracing::warn!(%error, "failed to raise the limit of descriptors");
    }
    // Before the runtime starts its threads: it clears variables of the environment.
    let inherited = server::sockets::inherited()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let departure = runtime.block_on(lifetime::run(&args, inherited))?;
    // A handler that blocks its thread must not keep the process: it has been counted as forced.
    runtime.shutdown_background();
    Ok(if departure.is_clean() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
