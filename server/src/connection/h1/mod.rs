//! One HTTP/1.1 connection.
//!
//! - `inbound`: how far the incoming request has come, from its bytes (pure)
//! - `lines`: what only the raw lines of a header show (pure)
//! - `offer`: which requests offer an upgrade, which responses accept one (pure)
//! - `activity`: what the connection does now; written by `io`, `service` and `body`, read by
//!   `drive`
//! - `drive`: the edge: hyper, the timer, the phase, the successor

mod activity;
mod body;
mod drive;
mod inbound;
mod io;
mod lines;
mod offer;
mod service;

pub(crate) use drive::drive;
