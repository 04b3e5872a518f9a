//! What a request to `/_sandbox/` is for. Pure.

use super::assets::Asset;
use super::faults;
use super::refusal::Refusal;
use http::request::Parts;
use http::{Method, StatusCode};

/// Where everything of `control` lies.
const PREFIX: &str = "/_sandbox";

/// Whether a request is one of `control`'s.
pub(crate) fn is_for(head: &Parts) -> bool {
    let rest = head.uri.path().strip_prefix(PREFIX);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What can be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Route {
    /// The page without its slash.
    Slash,
    /// A file of the live page.
    File(&'static Asset),
    /// One snapshot.
    State,
    /// A snapshot whenever something has changed.
    Events,
    /// Publish a version and deploy it.
    Deploy,
    /// How busy the members are.
    Cpu,
    /// The faults.
    Faults(faults::Call),
}

/// What `method` on `path` asks for.
pub(super) fn route(method: &Method, path: &str) -> Result<Route, Refusal> {
    // The head of what GET answers; the connection leaves the rest out.
    let method = if *method == Method::HEAD {
        &Method::GET
    } else {
        method
    };
    let rest = path.strip_prefix(PREFIX).unwrap_or(path);
    let faults = rest.strip_prefix("/faults");
    if let Some(call) = faults.and_then(|rest| faults::call(method, rest)) {
        return call.map(Route::Faults);
    }
    let (route, allowed) = match rest {
        "" => (Route::Slash, Method::GET),
        "/" => (Route::File(Asset::page()), Method::GET),
        "/state" => (Route::State, Method::GET),
        "/events" => (Route::Events, Method::GET),
        "/deploy" => (Route::Deploy, Method::POST),
        "/cpu" => (Route::Cpu, Method::POST),
        file => match Asset::named(file.trim_start_matches('/')) {
            Some(file) => (Route::File(file), Method::GET),
            None => return Err(unknown(path)),
        },
    };
    if *method == allowed {
        return Ok(route);
    }
    let error = format!("{method} is not a method of {path}");
    let hint = format!("use {allowed}");
    Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, error, hint))
}

fn unknown(path: &str) -> Refusal {
    Refusal::new(
        StatusCode::NOT_FOUND,
        format!("there is nothing at {path}"),
        format!("open {PREFIX}/ in a browser, or read {PREFIX}/state"),
    )
}
