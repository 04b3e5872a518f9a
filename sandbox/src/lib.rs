//! AWS on loopback: real processes, an unforgiving balancer, rehearsals.

pub mod api;
pub mod s3;
pub mod service;
pub mod wire;
pub mod world;
