//! Child processes of the sandbox, none of which may outlive it.
//!
//! [`Spawner`] starts them and hears of their end, [`leash`] ties a program to the life of its parent, [`leftovers`] finds
//! what a killed sandbox left behind nevertheless. What the processes *are* is not known here.

pub mod callers;
pub mod leash;
pub mod leftovers;
mod spawner;
pub mod tree;

pub use spawner::{Child, Ended, SpawnError, Spawner};
