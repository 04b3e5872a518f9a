//! The operations on groups, their members and their hooks; those on refreshes, templates and parameters are with their nouns.

mod group;
mod hook;
mod instance;

pub(super) use group::check_bounds;
pub use group::{CapacityBounds, UpdateGroup};
pub use hook::HookReference;
