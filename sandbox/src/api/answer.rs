//! Answers one request to a service: read the body, find the operation, ask the backend, put the envelope on.

use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Response, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use uuid::Uuid;

use super::route::{self, Destination};
use super::{Backend, CallLog};
use crate::wire::envelope::{self, Envelope};
use crate::wire::error::ApiError;
use crate::wire::http::{Body, full};
use crate::wire::protocol::{Protocol, Service};
use crate::wire::query;

/// The largest legitimate request, a launch template with user data, is well below 64 KiB.
const MAX_BODY: usize = 1024 * 1024;

/// Answers a request that was signed for `service`.
pub(super) async fn service(
    backend: Arc<dyn Backend>,
    calls: &CallLog,
    service: Service,
    head: &Parts,
    body: Incoming,
) -> Response<Body> {
    let request_id = Uuid::new_v4().to_string();
    let answered = call(backend, calls, service, head, body, &request_id).await;
    let envelope = answered.unwrap_or_else(|error| {
        tracing::debug!(service = service.signing_name(), %error, "refused");
        envelope::failure(service.protocol(), service.xmlns(), &error, &request_id)
    });
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
    let protocol = service.map_or(spoken, Service::protocol);
    let xmlns = service.map_or("", Service::xmlns);
    response(
        envelope::failure(protocol, xmlns, &error, &request_id),
        &request_id,
    )
}

async fn call(
    backend: Arc<dyn Backend>,
    calls: &CallLog,
    service: Service,
    head: &Parts,
    body: Incoming,
    request_id: &str,
) -> Result<Envelope, ApiError> {
    let body = read(body).await?;
    let action = route::action(service, head, &body)?;
    calls.count(service.signing_name(), &action);
    let asked = action.clone();
    let reply = tokio::task::spawn_blocking(move || backend.call(service, &asked, &body))
        .await
        .map_err(|panic| {
            ApiError::internal(format!("{action} failed inside the sandbox: {panic}"))
        })??;
    Ok(envelope::success(service, &action, reply, request_id))
}

async fn read(body: Incoming) -> Result<Bytes, ApiError> {
    match Limited::new(body, MAX_BODY).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            let message = format!("the request is larger than {MAX_BODY} bytes");
            Err(ApiError::new(413, "RequestEntityTooLarge", message))
        }
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
    let content_type = HeaderValue::from_static(envelope.content_type);
    headers.insert(header::CONTENT_TYPE, content_type);
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert("x-amzn-requestid", id);
    }
    if let Some(Ok(code)) = envelope.error_type.as_deref().map(HeaderValue::from_str) {
        headers.insert("x-amzn-errortype", code);
    }
    response
}
