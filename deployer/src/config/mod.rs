//! `deploy.toml`: what it may say, and everything that is wrong with one, reported at once and by position.
//!
//! One file per section of the document ([`project`], [`environment`], [`strategy`]); [`section`] reads any table, [`value`]
//! any single value, [`problem`] is how errors look. Nothing here asks AWS or the store.

mod environment;
mod problem;
mod project;
mod section;
mod strategy;
mod suggest;
mod value;

pub use environment::Environment;
pub use problem::Problem;
pub use project::Config;
pub use strategy::Strategy;
