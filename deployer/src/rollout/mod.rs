//! A rollout: what is wanted, what is seen, what to do about it. Decisions are pure; the driver is the only loop.

pub mod action;
pub mod event;
pub mod goal;
pub mod observation;
