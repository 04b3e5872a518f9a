//! Every duration of a sandbox, in one place: how fast AWS is, how the account is configured, how the application leaves.
//!
//! `fast` plays a deploy in seconds; `aws` takes the time that AWS takes. The two differ in numbers only, never in the order
//! of things. What the numbers must be to each other (a server outlives the balancer's idle timeout, and so on) is tested in
//! `relations`.

mod app;
mod aws;
mod fast;
#[cfg(test)]
mod relations;
mod settings;

pub use app::{App, text};
pub use settings::{Agent, Api, Balancer, Deploy, Group, Pace, Profile, TargetGroup};
