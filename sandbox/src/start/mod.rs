//! Bringing a sandbox up: an account with a key, a store and a first release in it, a group made from the launch template,
//! and everything that serves them.
//!
//! [`Sandbox`] is what is running then; `up` and `rehearse` both hold one.

mod account;
mod alarm;
mod application;
mod client;
mod deploy_toml;
mod error;
mod group;
mod havoc;
mod healthy;
mod hopeless;
mod progress;
mod release;
mod sandbox;
mod serving;
pub mod strategy;
mod talk;

pub use account::{Published, Trouble};
pub use application::Application;
pub use client::{FOREIGN, client_environment};
pub use error::StartError;
pub use release::outcome;
pub use sandbox::{Options, Sandbox};
pub use talk::{Talk, nearby};
