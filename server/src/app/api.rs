//! The JSON API: who answers, which version, and an answer that takes its time.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use serde::Serialize;
use server::{BodyError, RequestBody};
use tokio::time::Instant;

use super::query::{self, Refused};
use super::reply::{Reply, json};
use crate::cli::Identity;

/// Longest that `/slow` takes: within the default idle timeout of a load balancer.
const SLOWEST: Duration = Duration::from_mins(1);

/// Who this server is.
#[derive(Debug)]
pub(crate) struct Info {
    identity: Identity,
    started: Instant,
}

#[derive(Serialize)]
struct InfoReply<'i> {
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<&'i str>,
    version: &'i str,
    instance: &'i str,
    zone: &'i str,
    uptime_seconds: f64,
}

#[derive(Serialize)]
struct VersionReply<'i> {
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<&'i str>,
    version: &'i str,
}

#[derive(Serialize)]
struct SlowReply {
    slept_ms: u64,
    received_bytes: usize,
}

impl Info {
    pub(crate) fn new(identity: &Identity) -> Self {
        Self {
            identity: identity.clone(),
            started: Instant::now(),
        }
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    pub(crate) fn uptime(&self) -> Duration {
        self.started.elapsed()
    }

    /// `GET /api/v1/info`
    pub(crate) fn reply(&self) -> Reply {
        let info = InfoReply {
            service: self.identity.service.as_deref(),
            version: &self.identity.release,
            instance: &self.identity.instance,
            zone: &self.identity.zone,
            uptime_seconds: self.uptime().as_secs_f64(),
        };
        json(StatusCode::OK, &info)
    }

    /// `GET /version`
    pub(crate) fn version(&self) -> Reply {
        let version = VersionReply {
            service: self.identity.service.as_deref(),
            version: &self.identity.release,
        };
        json(StatusCode::OK, &version)
    }
}

/// `GET` or `POST /slow?ms=N`, also `/api/v1/slow`: reads the body to its end and forgets it, waits N
/// milliseconds, answers. There to be drained.
pub(crate) async fn slow(request: Request<RequestBody>) -> Reply {
    let wait = match query::milliseconds(request.uri().query(), "ms") {
        Ok(wait) => wait.unwrap_or_default().min(SLOWEST),
        Err(refusal) => return refusal.reply(),
    };
    let received_bytes = match length(request.into_body()).await {
        Ok(length) => length,
        Err(error) => {
            let status = match error {
                BodyError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
                BodyError::Stalled { .. } => StatusCode::REQUEST_TIMEOUT,
                BodyError::Broken(_) => StatusCode::BAD_REQUEST,
            };
            let error = &error.to_string();
            return json(status, &Refused { error });
        }
    };
    tokio::time::sleep(wait).await;
    let slept_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
    json(
        StatusCode::OK,
        &SlowReply {
            slept_ms,
            received_bytes,
        },
    )
}

async fn length(mut body: RequestBody) -> Result<usize, BodyError> {
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        length += frame?.data_ref().map_or(0, Bytes::len);
    }
    Ok(length)
}
