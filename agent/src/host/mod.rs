//! The instance itself: the edge between the decision and the world.

mod attempts;
mod heartbeat;
mod machine;
mod task;
mod watch;

pub(crate) use machine::Machine;
