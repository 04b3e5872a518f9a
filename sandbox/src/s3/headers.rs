//! Which request headers the store honours or may ignore. Any other that would change the outcome is refused, so that a
//! client never believes in an effect that did not happen. Pure.

use http::HeaderMap;

use super::error::S3Error;

/// Headers of the `x-amz-` family that are honoured, or that change nothing here.
const KNOWN: [&str; 14] = [
    "x-amz-checksum-algorithm",
    "x-amz-checksum-crc32",
    "x-amz-checksum-mode",
    "x-amz-checksum-sha256",
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-decoded-content-length",
    "x-amz-expected-bucket-owner",
    "x-amz-request-payer",
    "x-amz-sdk-checksum-algorithm",
    "x-amz-security-token",
    "x-amz-te",
    "x-amz-trailer",
    "x-amz-user-agent",
];

/// Headers without that prefix which S3 acts on and the store does not.
const UNMODELLED: [&str; 8] = [
    "cache-control",
    "content-disposition",
    "content-language",
    "content-range",
    "expires",
    "if-modified-since",
    "if-range",
    "if-unmodified-since",
];

/// Headers whose only modelled value is S3's default.
const DEFAULTS: [(&str, &str); 2] = [
    ("x-amz-server-side-encryption", "AES256"),
    ("x-amz-storage-class", "STANDARD"),
];

pub(super) fn check(headers: &HeaderMap) -> Result<(), S3Error> {
    for (name, value) in headers {
        let name = name.as_str();
        let default = DEFAULTS.contains(&(name, value.to_str().unwrap_or_default()));
        let known = !name.starts_with("x-amz-") || KNOWN.contains(&name) || default;
        if !known || UNMODELLED.contains(&name) {
            return Err(S3Error::NotImplemented(format!("the header {name}")));
        }
    }
    Ok(())
}

/// A header's text; `None` when absent or not text.
pub(super) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
