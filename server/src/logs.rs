//! Logs: in which format they go to stderr, and which of them.

use std::any::Any;
use std::io::{self, IsTerminal};
use std::panic::{self, PanicHookInfo};

use server::ACCESS_LOG;
use tracing_subscriber::EnvFilter;

use crate::cli::{LogFormat, Logs};

/// To be called once, before anything is logged.
pub(crate) fn start(logs: &Logs) {
    // Told of a line that cannot be written, the crate writes to stderr, which panics if that is what
    // cannot be written to; whoever reads the logs may go, the service stays.
    let builder = tracing_subscriber::fmt()
        .log_internal_errors(false)
        .with_writer(io::stderr)
        .with_env_filter(filter(logs));
    match logs.log_format {
        LogFormat::Text => builder.with_ansi(io::stderr().is_terminal()).init(),
        LogFormat::Json => {
            builder
                .json()
                .flatten_event(true)
                .with_current_span(false)
                .with_span_list(false)
                .init();
            panic::set_hook(Box::new(log_panic));
        }
    }
}

/// The access log has a switch of its own, whatever `RUST_LOG` says of the rest.
fn filter(logs: &Logs) -> EnvFilter {
    let level = if logs.access_log { "info" } else { "off" };
    let access = format!("{ACCESS_LOG}={level}");
    EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| "info".into())
        .add_directive(access.parse().expect("a target and a level"))
}

/// Who reads JSON cannot read what the standard library prints of a panic.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let location = panic.location().map(ToString::to_string);
    tracing::error!(location, cause = cause(panic.payload()), "panicked");
}

fn cause(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}
