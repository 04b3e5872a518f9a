//! AWS on loopback: the APIs that `deploy` and `baton-agent` call, instances that are real processes, a load balancer as
//! unforgiving as an ALB, and rehearsals that can fail.

pub mod api;
pub mod balancer;
pub mod binaries;
mod cargo_build;
pub mod cloud;
pub mod control;
pub mod fault;
pub mod gameday;
pub mod http_get;
pub mod imds;
pub mod instance;
pub mod launch_template;
mod listening;
pub mod load;
pub mod names;
pub mod open_files;
pub mod process;
pub mod profile;
pub mod rehearsal;
pub mod report;
pub mod routing;
pub mod s3;
pub mod service;
pub mod start;
pub mod state;
pub mod wire;
pub mod world;
