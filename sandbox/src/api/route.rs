//! Decides, from a request's head and then its body, which service and operation it is for. Pure.

use http::request::Parts;
use http::{HeaderMap, Method, header};

use super::origin;
use crate::wire::error::ApiError;
use crate::wire::protocol::{Protocol, Service};
use crate::wire::query;

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
    if let Some(scope) = signed_for(&head.headers) {
        return match (scope, Service::from_signing_name(scope)) {
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

/// The service in the credential scope: `Credential=AKID/20261120/us-east-1/autoscaling/aws4_request`. The key id may hold
/// slashes and `SigV4a` leaves the region out, so the scope is read from its end.
fn signed_for(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (_, credential) = value.split_once("Credential=")?;
    let scope = credential.split([',', ' ']).next()?;
    let mut parts = scope.rsplit('/');
    parts.next().filter(|last| *last == "aws4_request")?;
    parts.next().filter(|service| !service.is_empty())
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
    if head.method != Method::POST {
        let message = format!("{} is not a method of this service; POST is", head.method);
        return Err(ApiError::new(405, "MethodNotAllowed", message));
    }
    match protocol {
        Protocol::AwsQuery | Protocol::Ec2Query => query_action(service, body),
        Protocol::AwsJson | Protocol::AwsJson10 => json_action(service, &head.headers),
        Protocol::RpcV2Cbor => cbor_action(service, head.uri.path()),
    }
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
