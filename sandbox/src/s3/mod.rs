//! S3 as far as a release store needs it, served from a plain folder: one folder per bucket, one file per object, so that the
//! same folder is a `file://` store. Conditional writes are atomic. What S3 has beyond this is refused with `NotImplemented`.
//!
//! Not kept, because a plain file has no place for them: an object's content type (every answer says
//! `binary/octet-stream`) and its checksums (verified on arrival, then dropped). User metadata is refused.

mod answer;
mod bucket;
mod call;
mod checksum;
mod chunked;
mod condition;
mod delete;
mod document;
mod error;
mod etag;
mod folder;
mod get;
mod headers;
mod list;
mod name;
mod page;
mod put;
mod range;
mod receive;
mod reply;
mod store;

pub(crate) use answer::answer;
pub use store::Store;
