//! From the SDK's types to the observation's. Pure; what AWS leaves out becomes the most careful reading.

mod activity;
mod group;
mod refresh;
mod target;
mod template;
mod time;

pub(super) use activity::activity;
pub(super) use group::group;
pub(super) use refresh::refresh;
pub(super) use target::target;
pub(super) use template::{instance_tag, template, with_instance_tags};
