//! The JSON API: who answers, which version, and an answer that takes its time.

use std::time::Duration;

use http::{Request, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::Serialize;
use server::RequestBody;
use tokio::time::Instant;

use super::reply::{Reply, json};
use crate::cli::Identity;

/// Longest that `/api/v1/slow` takes: within the default idle timeout of a load balancer.
const SLOWEST: Duration = Duration::from_mins(1);

/// A body sent to `/api/v1/slow` is read and forgotten; more than this is refused.
const BODY_LIMIT: usize = 1 << 20;

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

#[derive(Serialize)]
struct Refused {
    error: &'static str,
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

    /// `GET /api/v1/info`
    pub(crate) fn reply(&self) -> Reply {
        let info = InfoReply {
            service: self.identity.service.as_deref(),
            version: &self.identity.release,
            instance: &self.identity.instance,
            zone: &self.identity.zone,
            uptime_seconds: self.started.elapsed().as_secs_f64(),
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

/// `GET` or `POST /api/v1/slow?ms=N`: reads the body to its end, waits N milliseconds, answers.
/// There to be drained.
pub(crate) async fn slow(request: Request<RequestBody>) -> Reply {
    let Some(wait) = wait(request.uri().query()) else {
        let error = "ms is not a number of milliseconds";
        return json(StatusCode::BAD_REQUEST, &Refused { error });
    };
    let body = match Limited::new(request.into_body(), BODY_LIMIT)
        .collect()
        .await
    {
        Ok(body) => body,
        Err(error) if error.is::<LengthLimitError>() => {
            let error = "the body is too large";
            return json(StatusCode::PAYLOAD_TOO_LARGE, &Refused { error });
        }
        Err(_) => {
            let error = "the body is malformed or broke off";
            return json(StatusCode::BAD_REQUEST, &Refused { error });
        }
    };
    tokio::time::sleep(wait).await;
    let slept_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
    let received_bytes = body.to_bytes().len();
    json(
        StatusCode::OK,
        &SlowReply {
            slept_ms,
            received_bytes,
        },
    )
}

/// None given: no wait. `None`: given, but no number.
fn wait(query: Option<&str>) -> Option<Duration> {
    let given = query
        .unwrap_or_default()
        .split('&')
        .find_map(|pair| pair.strip_prefix("ms="));
    match given {
        Some(text) => text
            .parse()
            .ok()
            .map(|ms| Duration::from_millis(ms).min(SLOWEST)),
        None => Some(Duration::ZERO),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_capped_and_nonsense_is_refused() {
        assert_eq!(wait(None), Some(Duration::ZERO));
        assert_eq!(wait(Some("a=b&ms=250")), Some(Duration::from_millis(250)));
        assert_eq!(wait(Some("ms=99999999")), Some(SLOWEST));
        assert_eq!(wait(Some("ms=soon")), None);
    }
}
