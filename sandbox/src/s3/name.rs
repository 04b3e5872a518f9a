//! Names of buckets and objects, parsed once: what exists as a `Bucket` or `Key` is safe to join to a path. Pure.

use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;

use super::error::S3Error;

/// A bucket's name, after S3's rules for new buckets.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bucket(String);

/// An object's key that is also a plain relative path. S3 allows more; the rest is refused rather than mangled.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key(String);

/// Where an object lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Object {
    pub(super) bucket: Bucket,
    pub(super) key: Key,
}

/// S3's own limit.
const MAX_KEY: usize = 1024;

/// The limit of the file systems of Linux.
const MAX_SEGMENT: usize = 255;

impl Bucket {
    pub(super) fn parse(name: &str) -> Result<Self, S3Error> {
        let edge = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let bytes = name.as_bytes();
        let fits = (3..=63).contains(&bytes.len())
            && bytes.iter().all(|byte| edge(byte) || b".-".contains(byte))
            && bytes.first().is_some_and(edge)
            && bytes.last().is_some_and(edge)
            && !name.contains("..");
        if fits {
            return Ok(Self(name.to_owned()));
        }
        Err(S3Error::InvalidBucketName(name.to_owned()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn folder(&self, root: &Path) -> PathBuf {
        root.join(&self.0)
    }
}

impl Key {
    pub(super) fn parse(key: &str) -> Result<Self, S3Error> {
        if key.len() > MAX_KEY {
            return Err(S3Error::KeyTooLong(key.len()));
        }
        match key.split('/').find(|segment| !is_file_name(segment)) {
            None => Ok(Self(key.to_owned())),
            Some(_) => Err(S3Error::InvalidArgument(format!(
                "the key {key:?} is no plain relative path, and the sandbox stores objects as files"
            ))),
        }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_file_name(segment: &str) -> bool {
    let dots = segment == "." || segment == "..";
    // Listings are XML, which has no way to write the other control characters.
    let printable = !segment
        .chars()
        .any(|c| c.is_control() || c == '\u{fffe}' || c == '\u{ffff}');
    !segment.is_empty() && !dots && printable && segment.len() <= MAX_SEGMENT
}

impl Object {
    pub(super) fn path(&self, root: &Path) -> PathBuf {
        self.bucket.folder(root).join(self.key.as_str())
    }
}

/// Splits a path-style request path, `/bucket/some/key`, and decodes it. `/` has neither, `/bucket` and `/bucket/` no key.
pub(super) fn parse_path(path: &str) -> Result<(Option<Bucket>, Option<Key>), S3Error> {
    let path = decode(path.strip_prefix('/').unwrap_or(path))?;
    let (bucket, key) = path.split_once('/').unwrap_or((&path, ""));
    if bucket.is_empty() && key.is_empty() {
        return Ok((None, None));
    }
    let key = if key.is_empty() {
        None
    } else {
        Some(Key::parse(key)?)
    };
    Ok((Some(Bucket::parse(bucket)?), key))
}

fn decode(path: &str) -> Result<String, S3Error> {
    let mut escapes = path.split('%').skip(1);
    let sound = |escape: &str| {
        let digits = escape.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    if !escapes.all(sound) {
        return Err(S3Error::InvalidUri("a broken percent escape".into()));
    }
    match percent_decode_str(path).decode_utf8() {
        Ok(path) => Ok(path.into_owned()),
        Err(_) => Err(S3Error::InvalidUri("the path is not UTF-8".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_leave_the_bucket_or_name_no_file_are_refused() {
        let long = "a".repeat(MAX_SEGMENT + 1);
        let hostile = [
            "..",
            "a/../b",
            "../etc/passwd",
            "a/..",
            "/etc/passwd",
            "a//b",
            "a/",
            ".",
            "a/./b",
            "a\0b",
            "a\nb",
            "a\u{1b}[0m",
            "\u{ffff}",
            &long,
        ];
        for key in hostile {
            assert!(Key::parse(key).is_err(), "{key:?} was taken");
        }
        assert!(Key::parse(&"a/".repeat(600)).is_err());
    }

    #[test]
    fn paths_split_after_decoding_exactly_once() {
        let (bucket, key) = parse_path("/baton-releases/a%20b/%2e%2e.txt%2525").unwrap();
        assert_eq!(bucket.unwrap().as_str(), "baton-releases");
        assert_eq!(key.unwrap().as_str(), "a b/...txt%25");
        assert_eq!(parse_path("/").unwrap(), (None, None));
        assert_eq!(parse_path("/abc/").unwrap().1, None);
    }

    #[test]
    fn paths_that_only_turn_hostile_when_decoded_are_refused() {
        for path in [
            "/abc/%2e%2e/x",
            "/abc/..%2fx",
            "/abc/%00",
            "/abc/%",
            "/abc/%zz",
            "/abc/%ff",
            "/..%2fetc/passwd",
            "/.staging/x",
            "//etc/passwd",
        ] {
            assert!(parse_path(path).is_err(), "{path:?} was taken");
        }
    }
}
