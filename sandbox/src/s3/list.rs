//! `ListObjectsV2` and `ListObjects`: the answer to a listing; what is on a page is decided in `page`.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>

use std::sync::Arc;

use http::Response;
use serde::Serialize;

use super::document::{Document, Person, owner, url_encoded};
use super::error::S3Error;
use super::name::{Bucket, Key, Object};
use super::page::{Entry, Listing, page, token_after};
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
    checksum_algorithm: Option<&'static str>,
    checksum_type: Option<&'static str>,
    size: u64,
    owner: Option<Person>,
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

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html>
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct OldSummary {
    name: String,
    prefix: String,
    marker: String,
    next_marker: Option<String>,
    delimiter: Option<String>,
    max_keys: usize,
    encoding_type: Option<&'static str>,
    is_truncated: bool,
}

/// One page, as both versions of the operation tell it.
struct Page {
    lines: Document,
    count: usize,
    /// The last entry, if there are more.
    last: Option<String>,
}

pub(super) async fn list(
    store: &Arc<Store>,
    bucket: Bucket,
    listing: Listing,
) -> Result<Response<Body>, S3Error> {
    let listed = blocking(store, move |store| {
        let page = describe(store, &bucket, &listing)?;
        let encoded = |text: &str| url_encoded(text, listing.url_encoding);
        let mut listed = Document::new(&Summary {
            name: bucket.as_str().to_owned(),
            prefix: encoded(&listing.prefix),
            delimiter: listing.delimiter.as_deref().map(encoded),
            start_after: listing.start_after.as_deref().map(encoded),
            continuation_token: listing.token.clone(),
            is_truncated: page.last.is_some(),
            next_continuation_token: page.last.as_deref().map(token_after),
            key_count: page.count,
            max_keys: listing.max_keys,
            encoding_type: listing.url_encoding.then_some("url"),
        })?;
        listed.append(&page.lines);
        Ok(listed)
    })
    .await?;
    Ok(listed.respond("ListBucketResult"))
}

pub(super) async fn list_old(
    store: &Arc<Store>,
    bucket: Bucket,
    listing: Listing,
) -> Result<Response<Body>, S3Error> {
    let listed = blocking(store, move |store| {
        let page = describe(store, &bucket, &listing)?;
        let encoded = |text: &str| url_encoded(text, listing.url_encoding);
        let mut listed = Document::new(&OldSummary {
            name: bucket.as_str().to_owned(),
            prefix: encoded(&listing.prefix),
            marker: encoded(listing.start_after.as_deref().unwrap_or_default()),
            is_truncated: page.last.is_some(),
            // Without a delimiter the last key says it already.
            next_marker: page
                .last
                .filter(|_| listing.delimiter.is_some())
                .map(|last| encoded(&last)),
            delimiter: listing.delimiter.as_deref().map(encoded),
            max_keys: listing.max_keys,
            encoding_type: listing.url_encoding.then_some("url"),
        })?;
        listed.append(&page.lines);
        Ok(listed)
    })
    .await?;
    Ok(listed.respond("ListBucketResult"))
}

fn describe(store: &Store, bucket: &Bucket, listing: &Listing) -> Result<Page, S3Error> {
    let (entries, last) = page(listing, store.keys(bucket, &listing.prefix)?);
    let mut lines = Document::default();
    let mut count = 0;
    for entry in entries {
        count += usize::from(describe_entry(store, bucket, listing, entry, &mut lines)?);
    }
    Ok(Page { lines, count, last })
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
    let checksum = facts.note.checksum.as_ref();
    Ok(Contents {
        key: name,
        last_modified: format!("{:.3}", facts.modified),
        etag: format!("\"{}\"", facts.note.etag),
        checksum_algorithm: checksum.map(|checksum| checksum.algorithm.name()),
        checksum_type: checksum.map(|checksum| checksum.kind.name()),
        size: facts.size,
        owner: listing.owner.then(owner),
        storage_class: "STANDARD",
    })
}
