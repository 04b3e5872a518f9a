//! The faults by themselves: how they are written, and when they strike.

mod registry;
mod spec;
