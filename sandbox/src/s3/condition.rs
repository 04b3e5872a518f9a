//! `If-Match` and its kin, for reads and for writes. Pure.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html>

use http::HeaderMap;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

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

/// What must hold for a read to happen.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ReadCondition {
    matches: Option<Tags>,
    none_match: Option<Tags>,
    modified_since: Option<Timestamp>,
    unmodified_since: Option<Timestamp>,
}

/// Why a read does not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unmet {
    /// The reader insists on another object; the header that says so.
    Other(&'static str),
    /// The reader has it already.
    Known,
}

impl ReadCondition {
    /// From the headers with `prefix`, which is empty or that of a copy's source. What is no date does not count.
    pub(super) fn parse(headers: &HeaderMap, prefix: &str) -> Self {
        let said = |name: &str| text(headers, &format!("{prefix}{name}"));
        let tags = |name| said(name).map(|tags| Tags(tags.to_owned()));
        let date = |name| said(name).and_then(http_date);
        Self {
            matches: tags("if-match"),
            none_match: tags("if-none-match"),
            modified_since: date("if-modified-since"),
            unmodified_since: date("if-unmodified-since"),
        }
    }

    /// Tags go before dates, as RFC 9110 wants it. Dates know no fractions of a second.
    pub(super) fn check(&self, etag: &str, modified: Timestamp) -> Result<(), Unmet> {
        let modified = modified.as_second();
        match (&self.matches, self.unmodified_since) {
            (Some(tags), _) if !tags.fit(etag) => return Err(Unmet::Other("If-Match")),
            (None, Some(since)) if modified > since.as_second() => {
                return Err(Unmet::Other("If-Unmodified-Since"));
            }
            _ => {}
        }
        match (&self.none_match, self.modified_since) {
            (Some(tags), _) if tags.fit(etag) => Err(Unmet::Known),
            (None, Some(since)) if modified <= since.as_second() => Err(Unmet::Known),
            _ => Ok(()),
        }
    }
}

fn http_date(date: &str) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(date).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_go_before_dates() {
        const BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
        const AT: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
        let modified: Timestamp = "1994-11-06T08:49:37.5Z".parse().unwrap();
        for (said, expected) in [
            (&[("if-modified-since", BEFORE)][..], Ok(())),
            (&[("if-modified-since", AT)], Err(Unmet::Known)),
            (&[("if-unmodified-since", AT)], Ok(())),
            (
                &[("if-unmodified-since", BEFORE)],
                Err(Unmet::Other("If-Unmodified-Since")),
            ),
            (
                &[("if-match", "\"a\""), ("if-unmodified-since", BEFORE)],
                Ok(()),
            ),
            (
                &[("if-none-match", "\"b\""), ("if-modified-since", AT)],
                Ok(()),
            ),
            (&[("if-none-match", "\"a\"")], Err(Unmet::Known)),
            (&[("if-match", "\"b\"")], Err(Unmet::Other("If-Match"))),
            (&[("if-modified-since", "yesterday")], Ok(())),
        ] {
            let headers: HeaderMap = said
                .iter()
                .map(|(name, value)| {
                    let name = http::HeaderName::from_static(name);
                    (name, http::HeaderValue::from_static(value))
                })
                .collect();
            let condition = ReadCondition::parse(&headers, "");
            assert_eq!(condition.check("a", modified), expected, "{said:?}");
        }
    }
}
