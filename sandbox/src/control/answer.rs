//! Answers one request to `/_sandbox/`.

use super::refusal::{Refusal, json};
use super::route::{Route, route};
use super::{Control, assets, body, cpu, events, faults, gate};
use crate::wire::http::{Body, full};
use http::request::Parts;
use http::{HeaderValue, Response, StatusCode, header};
use hyper::body::Incoming;
use semver::Version;
use serde::Deserialize;
use std::sync::Arc;

/// Answers one request.
pub(crate) async fn answer(control: &Arc<Control>, head: &Parts, body: Incoming) -> Response<Body> {
    let routed = gate::admit(head).and_then(|()| route(&head.method, head.uri.path()));
    let answered = match routed {
        Ok(route) => act(control, route, body).await,
        Err(refusal) => Err(refusal),
    };
    let mut response = answered.unwrap_or_else(|refusal| refusal.answer());
    assets::guard(response.headers_mut());
    response
}

async fn act(
    control: &Arc<Control>,
    route: Route,
    body: Incoming,
) -> Result<Response<Body>, Refusal> {
    Ok(match route {
        Route::Slash => elsewhere(),
        Route::File(file) => file.answer(),
        Route::State => json(StatusCode::OK, &control.snapshot()),
        Route::Events => events::stream(control),
        Route::Deploy => deploy(control, body).await?,
        Route::Cpu => cpu::answer(control, body).await?,
        Route::Faults(call) => faults::answer(control, call, body).await?,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeployRequest {
    version: Version,
}

/// Begins a deploy; how it goes is in the state.
async fn deploy(control: &Arc<Control>, body: Incoming) -> Result<Response<Body>, Refusal> {
    let asked: DeployRequest = body::document(body, r#"{"version":"1.1.0"}"#).await?;
    control.deploy(asked.version)?;
    Ok(json(StatusCode::ACCEPTED, &control.last_deploy()))
}

/// The page's files are named relative to it, which takes the slash.
fn elsewhere() -> Response<Body> {
    let mut response = Response::new(full(""));
    *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
    let page = HeaderValue::from_static("/_sandbox/");
    response.headers_mut().insert(header::LOCATION, page);
    response
}
