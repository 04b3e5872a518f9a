//! What it says on stderr.

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
#[command(next_help_heading = "Logs (stderr; RUST_LOG sets the levels)")]
pub(crate) struct Logs {
    /// How a log line is written.
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub(crate) log_format: LogFormat,

    /// Log each request once its response has ended: method, path without the query, status, bytes,
    /// duration, whole or cut, and the request's id (that of X-Amzn-Trace-Id or traceparent if the
    /// request has one; the response tells it as X-Request-Id).
    #[arg(long)]
    pub(crate) access_log: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One object per line, with timestamp, level, target and the event's fields side by side.
    Json,
}
