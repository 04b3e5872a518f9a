//! Names of buckets and objects, parsed once: a `Bucket` is safe to join to a path, a `Key` where it says that it is plain. Pure.

use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;

use super::error::S3Error;

/// A bucket's name, after S3's rules for new buckets.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bucket(String);

/// An object's key: any text that is not too long.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html>
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

/// What bucket names must not begin or end with.
const RESERVED_PREFIXES: [&str; 3] = ["xn--", "sthree-", "amzn-s3-demo-"];
const RESERVED_SUFFIXES: [&str; 4] = ["-s3alias", "--ol-s3", "--x-s3", "--table-s3"];

impl Bucket {
    pub(super) fn parse(name: &str) -> Result<Self, S3Error> {
        let edge = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let bytes = name.as_bytes();
        let fits = (3..=63).contains(&bytes.len())
            && bytes.iter().all(|byte| edge(byte) || b".-".contains(byte))
            && bytes.first().is_some_and(edge)
            && bytes.last().is_some_and(edge)
            && !name.contains("..")
            && name.parse::<std::net::Ipv4Addr>().is_err()
            && !RESERVED_PREFIXES
                .iter()
                .any(|prefix| name.starts_with(prefix))
            && !RESERVED_SUFFIXES
                .iter()
                .any(|suffix| name.ends_with(suffix));
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
        if key.is_empty() {
            return Err(S3Error::InvalidArgument("the key is empty".into()));
        }
        Ok(Self(key.to_owned()))
    }

    /// Whether the key is also a plain relative path, which cannot lead out of its folder.
    pub(super) fn is_plain(&self) -> bool {
        self.0.split('/').all(is_file_name)
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_file_name(segment: &str) -> bool {
    let dots = segment == "." || segment == "..";
    // For the sake of people who look into the folder.
    let printable = !segment
        .chars()
        .any(|c| c.is_control() || c == '\u{fffe}' || c == '\u{ffff}');
    !segment.is_empty() && !dots && printable && segment.len() <= MAX_SEGMENT
}

impl Object {
    /// The file that the key itself names; `None` for a key that names none.
    pub(super) fn plain_path(&self, root: &Path) -> Option<PathBuf> {
        let folder = self.bucket.folder(root);
        self.key.is_plain().then(|| folder.join(self.key.as_str()))
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
    fn keys_that_leave_the_bucket_or_name_no_file_are_no_paths() {
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
            let object = Object {
                bucket: Bucket::parse("releases").unwrap(),
                key: Key::parse(key).unwrap(),
            };
            assert_eq!(object.plain_path(Path::new("/s")), None, "{key:?}");
        }
        assert!(Key::parse("").is_err());
        assert!(Key::parse(&"a/".repeat(600)).is_err());
    }

    #[test]
    fn bucket_names_keep_to_the_rules() {
        for name in ["abc", "a.b-c", "1.2.3", "1.2.3.400"] {
            assert!(Bucket::parse(name).is_ok(), "{name}");
        }
        for name in [
            "ab",
            "Abc",
            "a..b",
            "-ab",
            "192.168.5.4",
            "xn--abc",
            "sthree-a",
            "abc-s3alias",
            "abc--ol-s3",
        ] {
            assert!(Bucket::parse(name).is_err(), "{name}");
        }
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
        for path in ["/abc/%2e%2e/x", "/abc/..%2fx", "/abc/%00"] {
            let (_, key) = parse_path(path).unwrap();
            assert!(!key.unwrap().is_plain(), "{path:?} was taken for a path");
        }
        for path in [
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
