//! What a request was signed for: the scope of its credential, in the header `Authorization` or, presigned, in the query. Pure.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use http::header;
use http::request::Parts;

use super::query;
use crate::names::REGION;

/// The end of `AKID/20261120/us-east-1/autoscaling/aws4_request`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scope {
    /// `None` for `SigV4a`, which leaves it out.
    pub(crate) region: Option<String>,
    pub(crate) service: String,
}

impl Scope {
    /// Of a signed request.
    pub(crate) fn of(head: &Parts) -> Option<Self> {
        Self::parse(&credential(head)?)
    }

    /// The key id may hold slashes, so the scope is read from its end.
    fn parse(credential: &str) -> Option<Self> {
        let mut parts = credential.rsplit('/');
        parts.next().filter(|last| *last == "aws4_request")?;
        let service = parts.next().filter(|service| !service.is_empty())?;
        let region = parts.next().filter(|part| !is_date(part));
        Some(Self {
            region: region.map(str::to_owned),
            service: service.to_owned(),
        })
    }

    /// The region, if it is not the one that everything here is in.
    pub(crate) fn elsewhere(&self) -> Option<&str> {
        self.region.as_deref().filter(|region| *region != REGION)
    }
}

fn credential(head: &Parts) -> Option<String> {
    let Some(authorization) = head.headers.get(header::AUTHORIZATION) else {
        let query = head.uri.query().unwrap_or_default();
        return query::parameter(query.as_bytes(), "X-Amz-Credential");
    };
    let (_, credential) = authorization.to_str().ok()?.split_once("Credential=")?;
    credential.split([',', ' ']).next().map(str::to_owned)
}

fn is_date(part: &str) -> bool {
    part.len() == 8 && part.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scope_is_read_from_its_end() {
        let scope = |text| Scope::parse(text).map(|scope| (scope.region, scope.service));
        let region = |text: &str| Some(text.to_owned());
        for (text, expected) in [
            (
                "AKID/20261120/eu-west-1/s3/aws4_request",
                Some((region("eu-west-1"), "s3".to_owned())),
            ),
            (
                "A/B/20261120/us-east-1/ec2/aws4_request",
                Some((region("us-east-1"), "ec2".to_owned())),
            ),
            (
                "AKID/20261120/s3/aws4_request",
                Some((None, "s3".to_owned())),
            ),
            ("AKID/20261120/us-east-1//aws4_request", None),
            ("AKID", None),
        ] {
            assert_eq!(scope(text), expected, "{text}");
        }
        let elsewhere = |text| Scope::parse(text).is_some_and(|scope| scope.elsewhere().is_some());
        assert!(elsewhere("AKID/20261120/eu-west-1/s3/aws4_request"));
        assert!(!elsewhere("AKID/20261120/us-east-1/s3/aws4_request"));
        assert!(!elsewhere("AKID/20261120/s3/aws4_request"));
    }
}
