//! Where releases live: an S3 bucket, a read-only https server or a folder, through `object_store`.

mod access;
mod error;
mod objects;
mod open;

pub use access::{Access, Credentials, KeyPair};
pub use error::StoreError;
pub use objects::{Created, Store};
