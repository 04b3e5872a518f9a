//! AWS on loopback: real processes, an unforgiving balancer, rehearsals.

pub mod balancer;
pub mod load;
pub mod report;
