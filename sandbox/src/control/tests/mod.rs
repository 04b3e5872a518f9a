//! The sandbox's own side of the port.

mod gate;
