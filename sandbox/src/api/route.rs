//! Decides, from a request's head and then its body, which service and operation it is for. Pure.

use http::request::Parts;
use http::{HeaderMap, Method, header};

use super::origin;
use crate::names::REGION;
use crate::wire::error::ApiError;
use crate::wire::protocol::{Protocol, Service};
use crate::wire::query;
use crate::wire::scope::Scope;

/// Whose request it is, as far as the head tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Destination {
    /// An object or bucket.
    S3,
    /// Signed for this service.
    Service(Service),
    /// An operation, but nothing says who asks. The body may still tell which service is meant.
    Unsigned(Option<Service>),
    /// A page of the web sends it, or seems to: why it is refused.
    Foreign(&'static str),
    /// Signed for a service that the sandbox has not got.
    Unknown(String),
}

pub(super) fn destination(head: &Parts) -> Destination {
    if let Some(why) = origin::foreign(head) {
        return Destination::Foreign(why);
    }
    if let Some(scope) = Scope::of(head) {
        return match (&*scope.service, Service::from_signing_name(&scope.service)) {
            ("s3", _) => Destination::S3,
            (_, Some(service)) => Destination::Service(service),
            (other, None) => Destination::Unknown(other.to_owned()),
        };
    }
    if target(&head.headers).is_some() {
        return Destination::Unsigned(targeted_service(&head.headers));
    }
    if speaks_cbor(&head.headers) {
        return Destination::Unsigned(cbor_service(head.uri.path()).map(|(service, _)| service));
    }
    let posts_form = head.method == Method::POST && is_form(&head.headers);
    if posts_form && head.uri.path() == "/" {
        return Destination::Unsigned(None);
    }
    Destination::S3
}

/// Refuses what was signed for another region: a client that believes itself elsewhere would find nothing on AWS, and must not
/// be shown what is here. In AWS's words, as an endpoint has them for a scope that is not its own.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html>
pub(super) fn check_region(head: &Parts, protocol: Protocol) -> Result<(), ApiError> {
    let scope = Scope::of(head);
    let Some(region) = scope.as_ref().and_then(Scope::elsewhere) else {
        return Ok(());
    };
    let code = match protocol {
        Protocol::AwsQuery | Protocol::RpcV2Cbor => "SignatureDoesNotMatch",
        Protocol::Ec2Query => "AuthFailure",
        Protocol::AwsJson | Protocol::AwsJson10 => "InvalidSignatureException",
    };
    let message = format!(
        "Credential should be scoped to a valid region: everything in this sandbox is in {REGION}, not in '{region}'."
    );
    Err(ApiError::new(403, code, message))
}

fn target(headers: &HeaderMap) -> Option<&str> {
    headers.get("x-amz-target")?.to_str().ok()
}

fn targeted_service(headers: &HeaderMap) -> Option<Service> {
    let (prefix, _) = target(headers)?.split_once('.')?;
    Service::ALL
        .into_iter()
        .find(|service| service.target_prefix() == Some(prefix))
}

fn is_form(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("application/x-www-form-urlencoded"))
}

/// The protocol that a request to `service` is in: the one that only this request's head can tell, else the service's usual.
pub(super) fn protocol(service: Service, headers: &HeaderMap) -> Protocol {
    let told = if speaks_cbor(headers) {
        Protocol::RpcV2Cbor
    } else if target(headers).is_some() {
        Protocol::AwsJson10
    } else {
        service.protocol()
    };
    if service.speaks(told) {
        told
    } else {
        service.protocol()
    }
}

fn speaks_cbor(headers: &HeaderMap) -> bool {
    headers
        .get("smithy-protocol")
        .is_some_and(|value| value == "rpc-v2-cbor")
}

/// `/service/GraniteServiceVersion20100801/operation/PutMetricData`
fn cbor_service(path: &str) -> Option<(Service, &str)> {
    let (prefix, action) = path.strip_prefix("/service/")?.split_once("/operation/")?;
    let service = Service::ALL
        .into_iter()
        .find(|s| s.target_prefix() == Some(prefix) && s.speaks(Protocol::RpcV2Cbor))?;
    Some((service, action))
}

/// The operation that a request to `service` in `protocol` asks for.
pub(super) fn action(
    service: Service,
    protocol: Protocol,
    head: &Parts,
    body: &[u8],
) -> Result<String, ApiError> {
    if head.method != Method::POST && !reads_query(protocol, head) {
        let message = format!("{} is not a method of this service; POST is", head.method);
        return Err(ApiError::new(405, "MethodNotAllowed", message));
    }
    match protocol {
        Protocol::AwsQuery | Protocol::Ec2Query => query_action(service, body),
        Protocol::AwsJson | Protocol::AwsJson10 => json_action(service, &head.headers),
        Protocol::RpcV2Cbor => cbor_action(service, head.uri.path()),
    }
}

/// The form of a request by GET, as a presigned URL is one: its query, without the signature. `None` for any other request.
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html>
pub(super) fn form_in_query(protocol: Protocol, head: &Parts) -> Option<String> {
    if !reads_query(protocol, head) {
        return None;
    }
    let pairs = head.uri.query().unwrap_or_default().split('&');
    let own: Vec<_> = pairs.filter(|pair| !pair.starts_with("X-Amz-")).collect();
    Some(own.join("&"))
}

fn reads_query(protocol: Protocol, head: &Parts) -> bool {
    head.method == Method::GET && matches!(protocol, Protocol::AwsQuery | Protocol::Ec2Query)
}

fn query_action(service: Service, body: &[u8]) -> Result<String, ApiError> {
    let Some(action) = query::action(body).filter(|action| is_name(action)) else {
        let message = "the request must contain the parameter Action";
        return Err(ApiError::new(400, "MissingAction", message));
    };
    match query::version(body) {
        Some(version) if version == service.version() => Ok(action),
        version => {
            let version = version.as_deref().unwrap_or("(none)");
            let message = format!("could not find operation {action} for version {version}");
            Err(ApiError::new(400, "InvalidAction", message))
        }
    }
}

fn json_action(service: Service, headers: &HeaderMap) -> Result<String, ApiError> {
    target(headers)
        .and_then(|target| target.split_once('.'))
        .filter(|(prefix, action)| service.target_prefix() == Some(prefix) && is_name(action))
        .map(|(_, action)| action.to_owned())
        .ok_or_else(|| {
            let target = target(headers).unwrap_or("(none)");
            let message = format!(
                "X-Amz-Target {target} names no operation of {}",
                service.signing_name()
            );
            ApiError::new(400, "UnknownOperationException", message)
        })
}

fn cbor_action(service: Service, path: &str) -> Result<String, ApiError> {
    cbor_service(path)
        .filter(|(named, action)| *named == service && is_name(action))
        .map(|(_, action)| action.to_owned())
        .ok_or_else(|| {
            let message = format!("{path} names no operation of {}", service.signing_name());
            ApiError::new(404, "UnknownOperationException", message)
        })
}

/// Operation names end up as XML element names, so nothing else may pass.
fn is_name(action: &str) -> bool {
    action.starts_with(|first: char| first.is_ascii_alphabetic())
        && action.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
