//! Stories and properties of the world, in virtual time. `stage` plays everything outside: machines, agents, the balancer.

pub(crate) mod alarms;
mod attachments;
mod group_admin;
mod groups;
mod health;
mod hooks;
mod maintenance;
mod outages;
mod parameters;
mod policies;
mod processes;
mod properties;
mod rebalance;
mod recount;
mod referee;
mod refresh_aside;
mod refresh_bounds;
mod refresh_ends;
mod refresh_laws;
mod refresh_story;
mod refresh_watched;
mod setting;
pub(crate) mod stage;
mod standby;
mod target_groups;
mod templates;
mod trouble;
