//! The access log: an id for each request and, when its response has ended, one event about it.
//!
//! - `service`: the wrapper around the application, its future and its body
//! - `entry`: what one event says, and when it is due
//! - `printable`: what strangers wrote, made fit for a log (pure)

mod entry;
mod printable;
mod service;

pub use entry::TARGET as ACCESS_LOG;
pub use service::{AccessLog, Answering, LoggedBody};

#[cfg(test)]
mod tests;
