//! Signals: SIGTERM and SIGINT mean leave; a second one of either means force.

use std::io;

use futures_util::StreamExt;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook_tokio::Signals;
use tokio::task::JoinHandle;

use crate::handle::Handle;

/// Listens for SIGTERM and SIGINT from the moment it returns, for as long as the runtime runs. Must
/// be called within a tokio runtime.
///
/// # Errors
/// If the signal handlers cannot be installed.
pub fn leave_on_signals(handle: Handle) -> io::Result<JoinHandle<()>> {
    let mut signals = Signals::new([SIGTERM, SIGINT])?;
    Ok(tokio::spawn(async move {
        while let Some(signal) = signals.next().await {
            tracing::info!(signal, "told to leave");
            handle.leave_or_force();
        }
    }))
}
