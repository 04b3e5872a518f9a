//! The instance itself: the edge between the decision and the world.

mod announce;
mod attempts;
mod heartbeat;
mod machine;
mod start;
mod task;
mod watch;
mod work;

pub(crate) use machine::Machine;
