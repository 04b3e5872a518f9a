//! AWS on loopback.

pub mod api;
pub mod s3;
pub mod wire;
