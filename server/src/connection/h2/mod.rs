//! One HTTP/2 connection. hyper serves it; what is here makes it leave without losing a request,
//! bounds what its client can make it wait for, and counts what a cut costs.
//!
//! - `frames`: one direction's bytes cut into frames (pure)
//! - `streams`: which requests are open, from the frames of both directions (pure)
//! - `hold`: keeps the ACK that brings the final GOAWAY from hyper (pure)
//! - `judge`: what to do with the connection, given what it does (pure)
//! - `activity`: what it does now; written by `io` and `turn`, read by `drive`
//! - `turn`: whose turn it is in each request
//! - `drive`: the edge: hyper, the timer, the phase

mod activity;
mod drive;
mod frames;
mod hold;
mod io;
mod judge;
mod service;
mod streams;
mod turn;

pub(crate) use drive::drive;
