//! `ListObjectsV2`: the answer to a listing; what is on a page is decided in `page`.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>

use std::sync::Arc;

use http::Response;
use serde::Serialize;

use super::document::{Document, url_encoded};
use super::error::S3Error;
use super::name::{Bucket, Key, Object};
use super::page::{Entry, Listing, page};
use super::reply::blocking;
use super::store::Store;
use crate::wire::http::Body;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Contents {
    key: String,
    last_modified: String,
    #[serde(rename = "ETag")]
    etag: String,
    size: u64,
    storage_class: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CommonPrefix {
    prefix: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Summary {
    name: String,
    prefix: String,
    delimiter: Option<String>,
    start_after: Option<String>,
    continuation_token: Option<String>,
    next_continuation_token: Option<String>,
    key_count: usize,
    max_keys: usize,
    encoding_type: Option<&'static str>,
    is_truncated: bool,
}

pub(super) async fn list(
    store: &Arc<Store>,
    bucket: Bucket,
    listing: Listing,
) -> Result<Response<Body>, S3Error> {
    let listed = blocking(store, move |store| describe(store, &bucket, &listing)).await?;
    Ok(listed.respond("ListBucketResult"))
}

fn describe(store: &Store, bucket: &Bucket, listing: &Listing) -> Result<Document, S3Error> {
    let (entries, next) = page(listing, store.keys(bucket, &listing.prefix)?);
    let mut lines = Document::default();
    let mut count = 0;
    for entry in entries {
        count += usize::from(describe_entry(store, bucket, listing, entry, &mut lines)?);
    }
    let encoded = |text: &str| url_encoded(text, listing.url_encoding);
    let mut listed = Document::new(&Summary {
        name: bucket.as_str().to_owned(),
        prefix: encoded(&listing.prefix),
        delimiter: listing.delimiter.as_deref().map(encoded),
        start_after: listing.start_after.as_deref().map(encoded),
        continuation_token: listing.token.clone(),
        is_truncated: next.is_some(),
        next_continuation_token: next,
        key_count: count,
        max_keys: listing.max_keys,
        encoding_type: listing.url_encoding.then_some("url"),
    })?;
    listed.append(&lines);
    Ok(listed)
}

/// Whether there is anything to tell: an object may have been deleted since its key was read.
fn describe_entry(
    store: &Store,
    bucket: &Bucket,
    listing: &Listing,
    entry: Entry,
    lines: &mut Document,
) -> Result<bool, S3Error> {
    match entry {
        Entry::CommonPrefix(prefix) => {
            let prefix = url_encoded(&prefix, listing.url_encoding);
            lines.add("CommonPrefixes", &CommonPrefix { prefix })?;
        }
        Entry::Key(key) => match contents(store, bucket, key, listing) {
            Ok(contents) => lines.add("Contents", &contents)?,
            Err(S3Error::NoSuchKey(_)) => return Ok(false),
            Err(error) => return Err(error),
        },
    }
    Ok(true)
}

fn contents(
    store: &Store,
    bucket: &Bucket,
    key: Key,
    listing: &Listing,
) -> Result<Contents, S3Error> {
    let name = url_encoded(key.as_str(), listing.url_encoding);
    let bucket = bucket.clone();
    let facts = store.open(&Object { bucket, key })?.facts;
    Ok(Contents {
        key: name,
        last_modified: format!("{:.3}", facts.modified),
        etag: format!("\"{}\"", facts.etag),
        size: facts.size,
        storage_class: "STANDARD",
    })
}
