//! Instances: real processes that take themselves for machines.
//!
//! An instance is a folder that stands for its disk, a loopback address that stands for its network interface, a metadata
//! endpoint, and the agent that its user data starts. [`address`] hands out addresses, [`boot`] does what cloud-init would,
//! [`mod@unit`] what systemd would, `machine` lives one instance from power-on to power-off, [`Machines`] is all of them.
//!
//! What AWS thinks of an instance is not here: that is the world's.

pub mod address;
pub mod boot;
mod machine;
mod machines;
mod power;
mod servers;
mod slow_disk;
mod small_disk;
mod trouble;
pub mod unit;

pub use machines::{Control, Machines, Site};
pub use trouble::{Blow, Troubles};
