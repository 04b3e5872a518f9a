//! What people and programs see: one consumer of events per form of output, and the words for each event.

mod transfer;

pub use transfer::Transfer;
