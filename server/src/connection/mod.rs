//! One connection: its bytes, what it is busy with, when it has to go.
//!
//! - `inbound`: how far the incoming request has come, from its bytes (pure)
//! - `judge`: what to do with a connection, given what it does and the phase (pure)
//! - `activity`: what a connection does now; written by `io`, `service` and `body`, read by `drive`
//! - `refusal`: which requests are refused before the application sees them (pure)
//! - `drive`: the edge: hyper, the timer, the phase

mod activity;
mod body;
mod drive;
mod inbound;
mod io;
mod judge;
mod refusal;
mod service;

pub use judge::Class;

pub(crate) use drive::{Seat, drive};
