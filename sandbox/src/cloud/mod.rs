//! The world in real time: behind a lock, driven by a real clock, with its effects and views carried to the outside.
//!
//! The rules are the world's; here is only who may touch it, when it wakes, and how its words become those of the balancer,
//! the API port and the metadata endpoints.

mod adapters;
mod clock;
mod listeners;
mod mishaps;
mod replica;
mod routes;
mod shared;
mod traffic;

pub use adapters::Probes;
pub use clock::Clock;
pub use listeners::Listeners;
pub use mishaps::candidates;
pub use routes::routes;
pub use shared::Cloud;
pub use traffic::report_traffic;
