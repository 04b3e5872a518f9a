//! `baton-server` against inputs and clients that nobody here wrote: raw bytes that HTTP forbids,
//! and the programs that people point at a server. Every story runs the real binary.
//!
//! A program or package that this machine lacks is one loud line with SKIPPED, never a failure.

#![expect(clippy::unwrap_used, reason = "a story fails by panicking")]
#![expect(clippy::print_stderr, reason = "what is skipped is said")]

mod echo;
mod leave;
mod programs;
mod protocol;
mod raw;
mod row;
mod server;

mod chunks;
mod exchanges;
mod fields;
mod framing;
mod limits;
mod request_lines;

mod browser;
mod cdp;
mod curl;
mod load;
mod python;
