//! AWS on loopback.

pub mod api;
pub mod imds;
pub mod s3;
pub mod wire;
