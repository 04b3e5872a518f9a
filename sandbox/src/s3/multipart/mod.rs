//! Multipart uploads: begun, filled part by part in any order, then made one object or given up.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html>

mod assemble;
mod begin;
mod complete;
mod list;
mod list_parts;
mod part;
mod uploads;

pub(super) use begin::{abort, begin};
pub(super) use complete::complete;
pub(super) use list::list;
pub(super) use list_parts::list_parts;
pub(super) use part::{copy, upload};
pub(super) use uploads::Uploads;
