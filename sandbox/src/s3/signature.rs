//! Whether a request is signed, for here and for now. The signature itself is not checked: any will do, none will not, because
//! a client without credentials fails on AWS and must fail here. What has expired has expired, whoever signed it. Pure.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>

use http::header;
use http::request::Parts as Head;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::error::S3Error;
use super::headers::text;
use super::params::Query;
use crate::wire::scope::Scope;

/// How far a client's clock may be off.
const MAX_SKEW: SignedDuration = SignedDuration::from_mins(15);

/// Seven days: no URL is good for longer.
const MAX_EXPIRES: i64 = 604_800;

/// Refuses a request that is not signed, signed for another region, too early or too late. `now` is the machine's time, which
/// clients sign with.
pub(super) fn check(head: &Head, query: &Query, now: Timestamp) -> Result<(), S3Error> {
    if head.headers.contains_key(header::AUTHORIZATION) {
        check_header(head, now)?;
    } else if query.has("X-Amz-Signature") {
        check_query(query, now)?;
    } else if query.has("Signature") {
        check_old_query(query, now)?;
    } else {
        return Err(S3Error::AccessDenied);
    }
    match Scope::of(head).as_ref().and_then(Scope::elsewhere) {
        None => Ok(()),
        Some(region) if query.has("X-Amz-Signature") => {
            Err(S3Error::WrongRegionInQuery(region.to_owned()))
        }
        Some(region) => Err(S3Error::WrongRegion(region.to_owned())),
    }
}

fn check_header(head: &Head, now: Timestamp) -> Result<(), S3Error> {
    let scheme = text(&head.headers, "authorization").and_then(|value| value.split(' ').next());
    if !scheme.is_some_and(|scheme| scheme == "AWS" || scheme.starts_with("AWS4-")) {
        let message = "Unsupported Authorization Type";
        return Err(S3Error::InvalidArgument(message.into()));
    }
    let signed = text(&head.headers, "x-amz-date").and_then(moment);
    if signed.is_some_and(|signed| now.duration_since(signed).abs() > MAX_SKEW) {
        return Err(S3Error::RequestTimeTooSkewed);
    }
    Ok(())
}

fn check_query(query: &Query, now: Timestamp) -> Result<(), S3Error> {
    let invalid = |message: &str| Err(S3Error::InvalidQuerySignature(message.into()));
    let expires = match query.get("X-Amz-Expires").map(str::parse::<i64>) {
        None => None,
        Some(Ok(seconds @ 0..=MAX_EXPIRES)) => Some(SignedDuration::from_secs(seconds)),
        Some(Ok(1..)) => {
            return invalid(
                "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds",
            );
        }
        Some(Ok(_)) => return invalid("X-Amz-Expires must be non-negative"),
        Some(Err(_)) => return invalid("X-Amz-Expires should be a number"),
    };
    let Some(date) = query.get("X-Amz-Date") else {
        return Ok(());
    };
    let Some(signed) = moment(date) else {
        return invalid("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
    };
    let age = now.duration_since(signed);
    if age < -MAX_SKEW {
        return Err(S3Error::RequestTimeTooSkewed);
    }
    if expires.is_some_and(|expires| age > expires) {
        return Err(S3Error::Expired);
    }
    Ok(())
}

/// Version 2 names the second itself.
fn check_old_query(query: &Query, now: Timestamp) -> Result<(), S3Error> {
    let until = query.get("Expires").map(str::parse::<i64>);
    match until {
        Some(Ok(until)) if until < now.as_second() => Err(S3Error::Expired),
        Some(Err(_)) => Err(S3Error::AccessDenied),
        Some(Ok(_)) | None => Ok(()),
    }
}

/// `20261120T221817Z`
fn moment(text: &str) -> Option<Timestamp> {
    let time = DateTime::strptime("%Y%m%dT%H%M%SZ", text).ok()?;
    let zoned = time.to_zoned(TimeZone::UTC).ok()?;
    Some(zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(target: &str, headers: &[(&str, &str)]) -> Result<(), S3Error> {
        let mut request = http::Request::builder().uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (head, ()) = request.body(()).unwrap().into_parts();
        let query = Query::parse(head.uri.query().unwrap_or_default()).unwrap();
        check(&head, &query, "2026-11-20T12:00:00Z".parse().unwrap())
    }

    fn code(target: &str, headers: &[(&str, &str)]) -> Option<&'static str> {
        checked(target, headers).err().map(|error| error.code())
    }

    #[test]
    fn presigned_urls_expire() {
        let url = |date: &str, expires: &str| {
            format!("/b/k?X-Amz-Signature=0&X-Amz-Date={date}&X-Amz-Expires={expires}")
        };
        for (date, expires, expected) in [
            ("20261120T115900Z", "60", None),
            ("20261120T115859Z", "60", Some("AccessDenied")),
            ("20261114T120000Z", "604800", None),
            ("20261113T115959Z", "604800", Some("AccessDenied")),
            (
                "20261120T115900Z",
                "604801",
                Some("AuthorizationQueryParametersError"),
            ),
            (
                "20261120T115900Z",
                "-1",
                Some("AuthorizationQueryParametersError"),
            ),
            (
                "20261120T115900Z",
                "soon",
                Some("AuthorizationQueryParametersError"),
            ),
            ("yesterday", "60", Some("AuthorizationQueryParametersError")),
            ("20261120T121600Z", "60", Some("RequestTimeTooSkewed")),
        ] {
            assert_eq!(code(&url(date, expires), &[]), expected, "{date} {expires}");
        }
        let old = |until: i64| format!("/b/k?Signature=0&Expires={until}");
        let now = 1_795_176_000;
        assert_eq!(code(&old(now), &[]), None);
        assert_eq!(code(&old(now - 1), &[]), Some("AccessDenied"));
    }

    #[test]
    fn headers_are_signed_for_here_and_now() {
        let signed =
            "AWS4-HMAC-SHA256 Credential=AKID/20261120/us-east-1/s3/aws4_request, Signature=0";
        let ireland = signed.replace("us-east-1", "eu-west-1");
        for (authorization, date, expected) in [
            (signed, "20261120T114500Z", None),
            (signed, "20261120T114459Z", Some("RequestTimeTooSkewed")),
            (signed, "20261120T121501Z", Some("RequestTimeTooSkewed")),
            ("garbage", "20261120T120000Z", Some("InvalidArgument")),
            (
                &ireland,
                "20261120T120000Z",
                Some("AuthorizationHeaderMalformed"),
            ),
            ("AWS AKID:0", "20261120T120000Z", None),
        ] {
            let headers = [("authorization", authorization), ("x-amz-date", date)];
            assert_eq!(code("/b/k", &headers), expected, "{authorization} {date}");
        }
        assert_eq!(code("/b/k", &[]), Some("AccessDenied"));
        let elsewhere =
            "/b/k?X-Amz-Signature=0&X-Amz-Credential=A%2F20261120%2Feu-west-1%2Fs3%2Faws4_request";
        assert_eq!(
            code(elsewhere, &[]),
            Some("AuthorizationQueryParametersError")
        );
    }
}
