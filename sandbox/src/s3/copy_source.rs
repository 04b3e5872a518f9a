//! Where a copy comes from, under which conditions, and how much of it. Pure.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>

use http::HeaderMap;

use super::condition::ReadCondition;
use super::error::S3Error;
use super::headers::text;
use super::name::{self, Object};
use super::range::{Span, select};

/// The object that is copied from.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CopySource {
    pub(super) object: Object,
    pub(super) condition: ReadCondition,
    /// `bytes=first-last`, for a part.
    range: Option<String>,
}

impl CopySource {
    /// `None` for a request that is no copy.
    pub(super) fn parse(headers: &HeaderMap) -> Result<Option<Self>, S3Error> {
        let Some(source) = text(headers, "x-amz-copy-source") else {
            return Ok(None);
        };
        if source.contains("?versionId=") {
            return Err(S3Error::NotImplemented("a version to copy from".into()));
        }
        let path = source.strip_prefix('/').unwrap_or(source);
        let (Some(bucket), Some(key)) = name::parse_path(path)? else {
            return Err(S3Error::InvalidArgument(
                "Invalid copy source object key".into(),
            ));
        };
        Ok(Some(Self {
            object: Object { bucket, key },
            condition: ReadCondition::parse(headers, "x-amz-copy-source-"),
            range: text(headers, "x-amz-copy-source-range").map(str::to_owned),
        }))
    }

    /// The bytes that are wanted of `size`. Both ends have to be named and to be there.
    pub(super) fn span(&self, size: u64) -> Result<Span, S3Error> {
        let Some(range) = &self.range else {
            return Ok(Span::whole(size));
        };
        let invalid = || {
            S3Error::InvalidArgument(
                "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the \
                 zero-based offsets of the first and last bytes to copy"
                    .into(),
            )
        };
        let bounds = range.strip_prefix("bytes=").and_then(|r| r.split_once('-'));
        let (first, last) = bounds.ok_or_else(invalid)?;
        let (first, last): (u64, u64) = first
            .parse()
            .ok()
            .zip(last.parse().ok())
            .filter(|(first, last)| first <= last)
            .ok_or_else(invalid)?;
        if last >= size {
            return Err(S3Error::InvalidRange { size });
        }
        Ok(select(Some(&format!("bytes={first}-{last}")), size)?.unwrap_or(Span::whole(size)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(pairs: &[(&'static str, &'static str)]) -> Result<Option<CopySource>, S3Error> {
        let pairs = pairs.iter().map(|(name, value)| {
            let name = http::HeaderName::from_static(name);
            (name, http::HeaderValue::from_static(value))
        });
        CopySource::parse(&pairs.collect())
    }

    #[test]
    fn sources_are_paths_with_or_without_a_slash_and_decoded_once() {
        for path in ["abc/d%2520e/f", "/abc/d%2520e/f"] {
            let found = source(&[("x-amz-copy-source", path)]).unwrap().unwrap();
            assert_eq!(found.object.key.as_str(), "d%20e/f", "{path}");
        }
        assert!(source(&[]).unwrap().is_none());
        for bad in ["abc", "/", "abc/d?versionId=1"] {
            assert!(source(&[("x-amz-copy-source", bad)]).is_err(), "{bad}");
        }
    }

    #[test]
    fn ranges_lie_within_the_source() {
        for (range, expected) in [
            ("bytes=0-9", Some((0, 10))),
            ("bytes=3-3", Some((3, 1))),
            ("bytes=3-10", None),
            ("bytes=3-", None),
            ("bytes=-3", None),
            ("bytes=5-3", None),
            ("3-5", None),
        ] {
            let headers = [
                ("x-amz-copy-source", "abc/d"),
                ("x-amz-copy-source-range", range),
            ];
            let span = source(&headers).unwrap().unwrap().span(10);
            let span = span.ok().map(|span| (span.start, span.length));
            assert_eq!(span, expected, "{range}");
        }
    }
}
