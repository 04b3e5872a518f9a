//! The operations on groups, their members and their hooks; those on refreshes, templates and parameters are with their nouns.

mod delete_group;
mod group;
mod hook;
mod instance;
mod new_group;
mod put_hook;
mod tags;

pub(super) use group::check_bounds;
pub use group::{CapacityBounds, UpdateGroup};
pub use hook::HookReference;
pub use put_hook::PutHook;
