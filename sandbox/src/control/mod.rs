//! `/_sandbox/` on the endpoint's port: the live page, the state as JSON, and what can be done to a running sandbox. For people
//! and scripts beside AWS; nothing here is AWS's, and no AWS request can be taken for one of these (a bucket's name has no
//! underscore).
//!
//! `gate` decides who may ask, `route` what is asked for, `view` is what is shown. What is shown is read from the world and
//! its neighbours at the moment of asking; nothing is kept here.

mod answer;
mod assets;
mod body;
mod changes;
mod cpu;
mod deploys;
mod events;
mod faults;
mod gate;
mod panel;
mod refusal;
mod route;
pub mod view;

#[cfg(test)]
mod tests;

pub(crate) use answer::answer;
pub use deploys::{DeployView, Released, Releaser, Say};
pub use panel::{About, Control};
pub(crate) use route::is_for;
