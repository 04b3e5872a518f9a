//! S3 as far as a release store needs it, served from a plain folder: one folder per bucket, one file per object, so that the
//! same folder is a `file://` store. Conditional writes are atomic. What S3 has beyond this is refused with `NotImplemented`.
//!
//! Objects whose keys are no plain paths are kept beside the buckets; see `aside`. What a plain file has no place for, an object's headers, checksum and parts, is noted beside the buckets; see `note`.

mod algorithm;
mod answer;
mod aside;
mod attributes;
mod bucket;
mod call;
mod checksum;
mod chunked;
mod condition;
mod copy;
mod copy_source;
mod delete;
mod document;
mod elements;
mod error;
mod folder;
mod get;
mod headers;
mod list;
mod multipart;
mod name;
mod note;
mod page;
mod params;
mod put;
mod range;
mod receive;
mod recognise;
mod reply;
mod signature;
mod store;
mod stream;

pub(crate) use answer::answer;
pub use store::Store;
