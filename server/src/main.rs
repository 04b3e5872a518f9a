//! `baton-server`: the library's first user. A page, a small JSON API and the health, version and
//! metrics endpoints that a service behind a load balancer needs.

mod app;
#[cfg(feature = "tls")]
mod certificate;
mod cli;
mod lifetime;
mod logs;

use std::process::ExitCode;

use clap::Parser;
use cli::{Args, LogFormat};

fn main() -> anyhow::Result<ExitCode> {
    let args = Args::parse();
    logs::start(&args.logs);
    match run(&args) {
        // What an error returned from here prints is for people.
        Err(error) if args.logs.log_format == LogFormat::Json => {
            tracing::error!(error = format!("{error:#}"), "failed");
            Ok(ExitCode::FAILURE)
        }
        ended => ended,
    }
}

fn run(args: &Args) -> anyhow::Result<ExitCode> {
    if let Err(error) = server::sockets::raise_descriptor_limit() {
        tracing::warn!(%error, "failed to raise the limit of descriptors");
    }
    // Before the runtime starts its threads: it clears variables of the environment.
    let inherited = server::sockets::inherited()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let departure = runtime.block_on(lifetime::run(args, inherited))?;
    // A handler that blocks its thread must not keep the process: it has been counted as forced.
    runtime.shutdown_background();
    Ok(if departure.is_clean() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
