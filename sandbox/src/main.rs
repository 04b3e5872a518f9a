//! The command line of the sandbox. One file per command under `command/`; what they do is the library's.

mod command;

use clap::Parser as _;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let cli = command::Cli::parse();
    // stdout is data, stderr is talk; warnings are talk.
    let filter = EnvFilter::try_from_env("SANDBOX_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .without_time()
        .with_target(false)
        .init();
    sandbox::open_files::raise_limit();
    cli.run()
}
