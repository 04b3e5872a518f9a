//! Which request headers the store honours or may ignore, and what an object is told with. Any header that would change the
//! outcome and is not modelled is refused, so that a client never believes in an effect that did not happen. Pure.

use std::collections::BTreeMap;

use http::HeaderMap;

use super::error::S3Error;
use crate::names::ACCOUNT;

/// Headers of the `x-amz-` family that are honoured with every operation, or that change nothing here.
const KNOWN: [&str; 18] = [
    "x-amz-checksum-algorithm",
    "x-amz-checksum-crc32",
    "x-amz-checksum-crc32c",
    "x-amz-checksum-crc64nvme",
    "x-amz-checksum-mode",
    "x-amz-checksum-sha1",
    "x-amz-checksum-sha256",
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-decoded-content-length",
    "x-amz-expected-bucket-owner",
    "x-amz-request-payer",
    "x-amz-sdk-checksum-algorithm",
    "x-amz-security-token",
    "x-amz-source-expected-bucket-owner",
    "x-amz-te",
    "x-amz-trailer",
    "x-amz-user-agent",
];

/// Whose bucket the client believes it to be.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html>
const EXPECTED_OWNERS: [&str; 2] = [
    "x-amz-expected-bucket-owner",
    "x-amz-source-expected-bucket-owner",
];

/// Headers without that prefix which S3 acts on and the store does not.
const UNMODELLED: [&str; 2] = ["content-range", "if-range"];

/// Headers whose only modelled value is S3's default.
const DEFAULTS: [(&str, &str); 4] = [
    ("x-amz-acl", "private"),
    // Nothing here was ever archived, so there is no status to tell.
    ("x-amz-optional-object-attributes", "RestoreStatus"),
    ("x-amz-server-side-encryption", "AES256"),
    ("x-amz-storage-class", "STANDARD"),
];

/// What is kept with an object besides its metadata.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html>
const SYSTEM: [&str; 6] = [
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
];

/// Before the names that users make up.
pub(super) const METADATA: &str = "x-amz-meta-";

/// S3's limit for those names and their values together.
const MAX_METADATA: usize = 2 * 1024;

/// Refuses what is not modelled; `own` are the headers that only this operation has.
pub(super) fn check(headers: &HeaderMap, own: &[&str]) -> Result<(), S3Error> {
    for (name, value) in headers {
        let name = name.as_str();
        if EXPECTED_OWNERS.contains(&name) && value != ACCOUNT {
            let owner = String::from_utf8_lossy(value.as_bytes()).into_owned();
            return Err(S3Error::WrongOwner(owner));
        }
        let default = DEFAULTS.contains(&(name, value.to_str().unwrap_or_default()));
        let modelled = KNOWN.contains(&name) || own.contains(&name) || default;
        let metadata = name.starts_with(METADATA) && own.contains(&METADATA);
        let foreign = !name.starts_with("x-amz-");
        if UNMODELLED.contains(&name) || !(foreign || modelled || metadata) {
            return Err(S3Error::NotImplemented(format!("the header {name}")));
        }
    }
    Ok(())
}

/// A header's text; `None` when absent or not text.
pub(super) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// What a write says of its object, to be told with it.
pub(super) fn described(headers: &HeaderMap) -> Result<BTreeMap<String, String>, S3Error> {
    let mut described = BTreeMap::new();
    let mut size = 0;
    for (name, value) in headers {
        let name = name.as_str();
        let own = name.strip_prefix(METADATA);
        if own.is_none() && !SYSTEM.contains(&name) {
            continue;
        }
        let value = value
            .to_str()
            .map_err(|_| S3Error::NotImplemented(format!("anything but ASCII in {name}")))?;
        size += own.map_or(0, |own| own.len() + value.len());
        let value = match name {
            "content-encoding" => without_framing(value),
            _ => value.to_owned(),
        };
        if !value.is_empty() || own.is_some() {
            described.insert(name.to_owned(), value);
        }
    }
    if size > MAX_METADATA {
        return Err(S3Error::MetadataTooLarge(MAX_METADATA));
    }
    Ok(described)
}

/// `aws-chunked` says how the body travels, the rest what it is.
fn without_framing(codings: &str) -> String {
    let codings = codings.split(',').map(str::trim);
    let kept: Vec<_> = codings.filter(|coding| *coding != "aws-chunked").collect();
    kept.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter().map(|(name, value)| {
            let name = http::HeaderName::from_static(name);
            (name, HeaderValue::from_static(value))
        });
        pairs.collect()
    }

    #[test]
    fn an_object_is_told_with_its_own_headers_and_no_others() {
        let said = headers(&[
            ("content-encoding", "aws-chunked, gzip"),
            ("content-type", "text/plain"),
            ("host", "a"),
            ("x-amz-date", "b"),
            ("x-amz-meta-commit", ""),
        ]);
        let expected = [
            ("content-encoding", "gzip"),
            ("content-type", "text/plain"),
            ("x-amz-meta-commit", ""),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(described(&said).unwrap(), BTreeMap::from(expected));
        let framed = headers(&[("content-encoding", "aws-chunked")]);
        assert!(described(&framed).unwrap().is_empty());
    }

    #[test]
    fn metadata_belongs_to_writes_and_is_small() {
        let said = headers(&[("x-amz-meta-commit", "0123")]);
        assert!(check(&said, &[]).is_err());
        assert!(check(&said, &[METADATA]).is_ok());
        let long = HeaderValue::from_str(&"a".repeat(MAX_METADATA)).unwrap();
        let large = [(http::HeaderName::from_static("x-amz-meta-a"), long)];
        assert!(described(&large.into_iter().collect()).is_err());
    }
}
