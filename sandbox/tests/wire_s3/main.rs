//! The store as S3 clients meet it, over real sockets, and the folder as a `file://` client meets it.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by panicking"
)]

mod buckets;
mod copies;
mod multipart;
mod objects;
mod refusals;
mod stage;
mod uploads;
#[path = "../wire_support/mod.rs"]
mod wire_support;
