//! Publishing a version: local files become blobs, a signed manifest and, with that, a release that never changes.
//!
//! In this order, every write create-only: the blobs, the signature, the manifest. So a manifest is never seen without
//! its signature, and [`claim`] makes a publish that was cut short repeatable.

mod claim;
mod draft;
mod error;
mod publisher;
mod revision;
mod target;
mod upload;

pub use claim::Origin;
pub use draft::Draft;
pub use publisher::{Published, Publisher};
pub use revision::git_revision;
