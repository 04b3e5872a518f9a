//! `ListObjectsV2`: parameters, the pure selection of one page, its XML.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE as BASE64;
use http::Response;
use serde::Serialize;

use super::answer::blocking;
use super::call::Query;
use super::document::{Document, url_encoded};
use super::error::S3Error;
use super::name::{Bucket, Key, Object};
use super::store::Store;
use crate::wire::http::Body;

/// What a client asks to be listed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Listing {
    prefix: String,
    delimiter: Option<String>,
    start_after: Option<String>,
    /// The last entry of the page before.
    resume_after: Option<String>,
    token: Option<String>,
    max_keys: usize,
    url_encoding: bool,
}

/// S3's limit, and the default.
const MAX_KEYS: usize = 1000;

impl Listing {
    pub(super) const PARAMETERS: [&'static str; 8] = [
        "list-type",
        "prefix",
        "delimiter",
        "start-after",
        "continuation-token",
        "max-keys",
        "encoding-type",
        "fetch-owner",
    ];

    pub(super) fn parse(query: &Query) -> Result<Self, S3Error> {
        if query
            .get("fetch-owner")
            .is_some_and(|fetch| fetch != "false")
        {
            return Err(S3Error::NotImplemented("fetch-owner".into()));
        }
        let given = |name: &str| query.get(name).filter(|value| !value.is_empty()).cloned();
        let token = given("continuation-token");
        Ok(Self {
            prefix: given("prefix").unwrap_or_default(),
            delimiter: given("delimiter"),
            start_after: given("start-after"),
            resume_after: token.as_deref().map(read_token).transpose()?,
            token,
            max_keys: max_keys(query)?,
            url_encoding: url_encoding(query)?,
        })
    }
}

fn max_keys(query: &Query) -> Result<usize, S3Error> {
    match query.get("max-keys").map(|text| text.parse::<u32>()) {
        None => Ok(MAX_KEYS),
        Some(Ok(max)) => Ok(usize::try_from(max).map_or(MAX_KEYS, |max| max.min(MAX_KEYS))),
        Some(Err(_)) => Err(S3Error::InvalidArgument("max-keys is not a number".into())),
    }
}

fn url_encoding(query: &Query) -> Result<bool, S3Error> {
    match query.get("encoding-type").map(String::as_str) {
        None => Ok(false),
        Some("url") => Ok(true),
        Some(_) => Err(S3Error::InvalidArgument("encoding-type is not url".into())),
    }
}

fn read_token(token: &str) -> Result<String, S3Error> {
    let bytes = BASE64.decode(token).ok();
    bytes
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| {
            S3Error::InvalidArgument("the continuation token provided is incorrect".into())
        })
}

/// One line of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Entry {
    Key(Key),
    /// All keys up to the delimiter, as one.
    CommonPrefix(String),
}

impl Entry {
    fn name(&self) -> &str {
        match self {
            Self::Key(key) => key.as_str(),
            Self::CommonPrefix(prefix) => prefix,
        }
    }
}

/// The entries of one page, and where the next one resumes. `keys` are sorted and have the prefix.
fn page(listing: &Listing, keys: Vec<Key>) -> (Vec<Entry>, Option<String>) {
    let mut entries: Vec<Entry> = Vec::new();
    for key in keys {
        let passed = listing
            .start_after
            .as_deref()
            .is_some_and(|start| key.as_str() <= start);
        if passed {
            continue;
        }
        let entry = entry_of(listing, key);
        let told = listing
            .resume_after
            .as_deref()
            .is_some_and(|last| entry.name() <= last);
        if told || entries.last() == Some(&entry) {
            continue;
        }
        if entries.len() == listing.max_keys {
            let next = entries.last().map(|last| BASE64.encode(last.name()));
            return (entries, next);
        }
        entries.push(entry);
    }
    (entries, None)
}

fn entry_of(listing: &Listing, key: Key) -> Entry {
    let rest = &key.as_str()[listing.prefix.len()..];
    let delimiter = listing.delimiter.as_deref();
    match delimiter.and_then(|delimiter| Some(rest.find(delimiter)? + delimiter.len())) {
        Some(end) => {
            let end = listing.prefix.len() + end;
            Entry::CommonPrefix(key.as_str()[..end].to_owned())
        }
        None => Entry::Key(key),
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(names: &[&str]) -> Vec<Key> {
        names.iter().map(|name| Key::parse(name).unwrap()).collect()
    }

    fn names(entries: &[Entry]) -> Vec<&str> {
        entries.iter().map(Entry::name).collect()
    }

    #[test]
    fn pages_of_one_tell_every_entry_once() {
        let all = ["a", "b/1", "b/2", "b0", "c/1/x", "c/2", "d"];
        let mut listing = Listing {
            delimiter: Some("/".into()),
            max_keys: 1,
            ..Listing::default()
        };
        let mut told = Vec::new();
        loop {
            let (entries, next) = page(&listing, keys(&all));
            assert!(entries.len() <= 1);
            told.extend(entries.iter().map(|entry| entry.name().to_owned()));
            let Some(token) = next else { break };
            listing.resume_after = Some(read_token(&token).unwrap());
        }
        assert_eq!(told, ["a", "b/", "b0", "c/", "d"]);
    }

    #[test]
    fn a_page_that_just_holds_everything_is_the_last() {
        let listing = Listing {
            max_keys: 2,
            ..Listing::default()
        };
        assert_eq!(page(&listing, keys(&["a", "b"])).1, None);
        assert!(page(&listing, keys(&["a", "b", "c"])).1.is_some());
    }

    #[test]
    fn start_after_excludes_its_own_key() {
        let listing = Listing {
            start_after: Some("a/1".into()),
            prefix: "a/".into(),
            max_keys: 9,
            ..Listing::default()
        };
        let (entries, _) = page(&listing, keys(&["a/0", "a/1", "a/10", "a/2"]));
        assert_eq!(names(&entries), ["a/10", "a/2"]);
    }

    #[test]
    fn parameters_out_of_their_range_are_refused_or_capped() {
        let query = |name: &str, value: &str| Query::from([(name.to_owned(), value.to_owned())]);
        for (name, value) in [
            ("max-keys", "-1"),
            ("max-keys", "many"),
            ("encoding-type", "xml"),
            ("continuation-token", "!"),
            ("fetch-owner", "true"),
        ] {
            assert!(
                Listing::parse(&query(name, value)).is_err(),
                "{name}={value}"
            );
        }
        let capped = Listing::parse(&query("max-keys", "5000")).unwrap();
        assert_eq!(capped.max_keys, MAX_KEYS);
    }
}
