//! Whole deployments against a running sandbox, by the real programs: nothing is linked, an operator's view is all there is.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod aws_clients;
mod clearing;
mod deployments;
mod faults;
mod gameday;
mod interference;
mod own_service;
#[path = "../programs/mod.rs"]
mod programs;
mod refusals;
mod rehearsal;
mod support;
