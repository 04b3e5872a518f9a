//! Handing over from one process to the next on the same host: the listening socket first, then
//! every connection that is between two requests.
//!
//! The running process, the predecessor, owns a Unix socket at a path. The next one, the successor,
//! connects to it, is given the listening socket, says READY once it accepts, and from then on
//! receives connections. Sockets and messages only: which connection may move, and what either
//! process does before and after, is decided elsewhere.
//!
//! A connection is never in both processes and never in none: the successor says Taken before it
//! reads a byte from it, and until then the predecessor keeps its own descriptor. Whichever process
//! is killed, at whichever moment, the other one holds everything that was not yet the dead one's.
//!
//! ```text
//! successor                       predecessor
//!   Hello (versions)      ->
//!                         <-      Welcome + listener | Busy | Refused
//!   Ready                 ->
//!                         <-      Confirmed | Refused (too late)
//!                         <-      Connection + descriptor   (up to 128 ahead of their answers)
//!   Taken | Declined      ->
//!   Bye (it leaves)       ->
//!                         <-      Done
//! ```

mod arrivals;
mod candidate;
mod control;
mod courier;
mod error;
mod link;
mod message;
mod offer;
mod parcel;
mod predecessor;
mod successor;

#[cfg(test)]
mod tests;

pub(crate) use arrivals::Arrivals;
pub use error::HandoffError;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use message::decode;
pub(crate) use offer::{Gone, Successor};
pub(crate) use parcel::{Parcel, ParcelFacts};
pub(crate) use predecessor::Control;
pub(crate) use successor::{Claim, Inheritance, take_over};
