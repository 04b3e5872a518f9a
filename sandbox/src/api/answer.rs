//! Answers one request to a service: read the body, find the operation, ask the backend, put the envelope on.

use std::io::Read as _;
use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Response, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use uuid::Uuid;

use super::edge::{self, Call, Fate};
use super::killing;
use super::route::{self, Destination};
use super::server::Port;
use crate::fault::Side;
use crate::wire::envelope::{self, Envelope};
use crate::wire::error::ApiError;
use crate::wire::http::{Body, full, unanswered};
use crate::wire::protocol::{Protocol, Reply, Service};
use crate::wire::query;

/// The largest legitimate request, a launch template with user data, is well below 64 KiB.
const MAX_BODY: usize = 1024 * 1024;

/// Answers a request that was signed for `service`.
pub(super) async fn service(
    port: &Port,
    service: Service,
    head: &Parts,
    body: Incoming,
) -> Response<Body> {
    let request_id = Uuid::new_v4().to_string();
    let protocol = route::protocol(service, &head.headers);
    let answered = call(port, (service, protocol), head, body, &request_id).await;
    let envelope = match answered {
        Ok(Some(envelope)) => envelope,
        Ok(None) => return unanswered(),
        Err(error) => {
            tracing::debug!(service = service.signing_name(), %error, "refused");
            envelope::failure(protocol, service.xmlns(), &error, &request_id)
        }
    };
    response(envelope, &request_id)
}

/// Answers a request that no service can take, in the protocol that its sender seems to speak.
pub(super) async fn refusal(
    destination: &Destination,
    head: &Parts,
    body: Incoming,
) -> Response<Body> {
    let request_id = Uuid::new_v4().to_string();
    let body = read(body).await.unwrap_or_default();
    let error = match destination {
        Destination::Unknown(name) => ApiError::new(
            501,
            "UnknownService",
            format!("the sandbox does not model the service {name}"),
        ),
        Destination::Foreign(why) => ApiError::new(403, "AccessDenied", *why),
        _ => ApiError::new(
            403,
            "MissingAuthenticationToken",
            "Missing Authentication Token",
        ),
    };
    let service = match destination {
        Destination::Unsigned(Some(service)) | Destination::Service(service) => Some(*service),
        _ => query::version(&body).and_then(|version| Service::from_version(&version)),
    };
    let spoken = if head.headers.contains_key("x-amz-target") {
        Protocol::AwsJson
    } else {
        Protocol::AwsQuery
    };
    let protocol = service.map_or(spoken, |s| route::protocol(s, &head.headers));
    let xmlns = service.map_or("", Service::xmlns);
    response(
        envelope::failure(protocol, xmlns, &error, &request_id),
        &request_id,
    )
}

/// `None` if the answer is lost on its way.
async fn call(
    port: &Port,
    (service, protocol): (Service, Protocol),
    head: &Parts,
    body: Incoming,
    request_id: &str,
) -> Result<Option<Envelope>, ApiError> {
    route::check_region(head, protocol)?;
    let body = match route::form_in_query(protocol, head) {
        Some(form) => form.into(),
        None => plain(&head.headers, read(body).await?)?,
    };
    let action = route::action(service, protocol, head, &body)?;
    port.calls.count(service.signing_name(), &action);
    let call = Call {
        service: service.signing_name(),
        op: &action,
        from: edge::caller(&head.headers),
        narrow: edge::is_narrow(&body),
    };
    let fate = port.edge.as_ref().map_or(Fate::Perform, |e| e.fate(&call));
    let killed = port.edge.as_ref().and_then(|edge| edge.kills(&call));
    if killed == Some(Side::Before) {
        killing::kill_caller(head).await;
        return Ok(None);
    }
    let reply = perform(port, fate, (service, protocol), &action, body).await?;
    if killed == Some(Side::After) {
        killing::kill_caller(head).await;
        return Ok(None);
    }
    if port.edge.as_ref().is_some_and(|edge| edge.loses(&call)) {
        return Ok(None);
    }
    Ok(Some(envelope::success(
        service, protocol, &action, reply, request_id,
    )))
}

async fn perform(
    port: &Port,
    fate: Fate,
    (service, protocol): (Service, Protocol),
    action: &str,
    body: Bytes,
) -> Result<Reply, ApiError> {
    let backend = Arc::clone(&port.backend);
    let asked = action.to_owned();
    let work = move || match fate {
        Fate::Perform => backend.call(service, protocol, &asked, &body),
        Fate::Past(age) => backend.past(age, service, protocol, &asked, &body),
        Fate::Refuse(error) => Err(error),
    };
    tokio::task::spawn_blocking(work).await.map_err(|panic| {
        ApiError::internal(format!("{action} failed inside the sandbox: {panic}"))
    })?
}

/// The body as the service reads it: SDKs compress large `PutMetricData` requests.
/// <https://smithy.io/2.0/spec/behavior-traits.html#requestcompression-trait>
fn plain(headers: &HeaderMap, body: Bytes) -> Result<Bytes, ApiError> {
    let gzip = headers
        .get(header::CONTENT_ENCODING)
        .is_some_and(|value| value == "gzip");
    if !gzip {
        return Ok(body);
    }
    let mut plain = Vec::new();
    // One byte more than allowed tells a body that is too large from one that just fits.
    let read = flate2::read::GzDecoder::new(body.as_ref())
        .take(MAX_BODY as u64 + 1)
        .read_to_end(&mut plain);
    match read {
        Ok(_) if plain.len() > MAX_BODY => Err(too_large()),
        Ok(_) => Ok(plain.into()),
        Err(error) => {
            let message = format!("the request's body is not gzip: {error}");
            Err(ApiError::new(400, "InvalidRequestContent", message))
        }
    }
}

fn too_large() -> ApiError {
    let message = format!("the request is larger than {MAX_BODY} bytes");
    ApiError::new(413, "RequestEntityTooLarge", message)
}

async fn read(body: Incoming) -> Result<Bytes, ApiError> {
    match Limited::new(body, MAX_BODY).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
        Err(error) => {
            let message = format!("the request's body broke off: {error}");
            Err(ApiError::new(400, "IncompleteBody", message))
        }
    }
}

fn response(envelope: Envelope, request_id: &str) -> Response<Body> {
    let status = http::StatusCode::from_u16(envelope.status)
        .unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = Response::new(full(envelope.body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    if let Some(content_type) = envelope.content_type {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert("x-amzn-requestid", id);
    }
    for (name, value) in envelope.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    response
}
