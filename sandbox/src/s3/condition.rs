//! `If-Match` and `If-None-Match`, for reads and for writes. Pure.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html>

use http::HeaderMap;

use super::error::S3Error;
use super::headers::text;

/// What must hold for a write to happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum WriteCondition {
    /// Nothing.
    None,
    /// `If-None-Match: *`: no such object yet.
    Absent,
    /// `If-Match`: the object is there with one of these tags.
    Matches(Tags),
}

/// The value of a condition header: tags or `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tags(String);

impl Tags {
    /// The value of `If-Match`, if it was sent.
    pub(super) fn if_match(headers: &HeaderMap) -> Option<Self> {
        text(headers, "if-match").map(|tags| Self(tags.to_owned()))
    }

    /// Whether an object with `etag` (without quotes) fits.
    pub(super) fn fit(&self, etag: &str) -> bool {
        self.any()
            || self
                .0
                .split(',')
                .any(|tag| tag.trim().trim_matches('"') == etag)
    }

    /// Whether any object fits, as long as there is one.
    pub(super) fn any(&self) -> bool {
        self.0 == "*"
    }
}

impl WriteCondition {
    pub(super) fn parse(headers: &HeaderMap) -> Result<Self, S3Error> {
        match (text(headers, "if-none-match"), text(headers, "if-match")) {
            (None, None) => Ok(Self::None),
            (Some("*"), None) => Ok(Self::Absent),
            (None, Some(tags)) => Ok(Self::Matches(Tags(tags.to_owned()))),
            (Some(_), None) => Err(S3Error::NotImplemented(
                "If-None-Match with anything but * on a write".into(),
            )),
            (Some(_), Some(_)) => Err(S3Error::NotImplemented(
                "If-Match and If-None-Match in one write".into(),
            )),
        }
    }
}

/// Checks a read against the object's tag (without quotes).
pub(super) fn check_read(headers: &HeaderMap, etag: &str) -> Result<(), S3Error> {
    let fits = |name| text(headers, name).map(|tags| Tags(tags.to_owned()).fit(etag));
    if fits("if-match") == Some(false) {
        return Err(S3Error::PreconditionFailed("If-Match"));
    }
    if fits("if-none-match") == Some(true) {
        let etag = etag.to_owned();
        return Err(S3Error::NotModified { etag });
    }
    Ok(())
}
