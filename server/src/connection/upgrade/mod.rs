//! A connection after its upgrade (101, or 2xx to CONNECT): the application speaks its own protocol
//! on it, and the server sees to it that it ends.
//!
//! - `websocket`: where a WebSocket's outgoing frames begin and end (pure)
//! - `judge`: when an upgraded connection is ended or cut (pure)
//! - `tether`, `held`: the socket, held by the application's side and the guardian together
//! - `socket`: what they need of it
//! - `io`: the application's side
//! - `guardian`: the edge: the phase, the timer, the end

mod guardian;
mod held;
mod io;
mod judge;
mod socket;
mod tether;
mod websocket;

#[cfg(test)]
mod tests;

pub(crate) use guardian::guard;
pub(crate) use io::UpgradedIo;
pub(crate) use tether::{Protocol, Tether};
