//! Diagnostics on stderr: what went wrong beside the work and does not change how it ends.

use std::io;
use tracing_subscriber::EnvFilter;

/// The variable that says what is logged, as in `deploy=debug,aws_smithy_runtime=debug`.
const VARIABLE: &str = "DEPLOY_LOG";

/// What is logged when nothing else is asked for: the tool's own warnings, not those of its libraries.
const DEFAULT: &str = "deploy=warn";

/// Starts logging, once.
pub fn start() {
    let filter = EnvFilter::try_from_env(VARIABLE).unwrap_or_else(|_| EnvFilter::new(DEFAULT));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(false)
        .with_target(false)
        .init();
}
