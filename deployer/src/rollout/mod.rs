//! A rollout: what is wanted, what is seen, what to do about it. Decisions are pure; the driver is the only loop.

pub mod action;
mod back;
pub mod decide;
mod decision;
pub mod driver;
pub mod event;
pub mod forecast;
mod forward;
pub mod goal;
mod news;
pub mod observation;
pub mod pace;
mod run;
mod safety;
mod waiting;

#[cfg(test)]
mod tests;
