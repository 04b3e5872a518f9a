//! AWS on loopback.

pub mod wire;
