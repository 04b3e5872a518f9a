//! Faults on demand: which there are, how they are written down, which are in force, and whether one of them strikes now.
//!
//! Everything here is decided without I/O and without a clock: time is an argument, chance is drawn from a seed. Those who let
//! a fault act (the API port, the instances, the balancer, the store) ask [`Faults`] and do what it says.

mod draw;
mod driven;
mod entry;
mod error;
mod key;
mod kind;
mod kinds;
mod quantity;
mod registry;
mod spec;
mod subject;

#[cfg(test)]
mod tests;

pub use error::FaultError;
pub use key::Key;
pub use kind::Kind;
pub use quantity::{Bytes, Caller, Chance, Pick, Side};
pub use registry::{Active, Faults, Id, Stroke};
pub use spec::Fault;
pub use subject::{Subject, Who};
