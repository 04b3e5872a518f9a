//! `/_sandbox/faults`: which faults there are, which are in force, and putting one in force or taking it back.

use super::refusal::{Refusal, json};
use super::{Control, body};
use crate::fault::{Active, Fault, Id, Key, Kind};
use crate::wire::http::{Body, full};
use http::{Method, Response, StatusCode};
use hyper::body::Incoming;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a fault is sent.
const FORM: &str = r#"{"fault":"KIND:key=value"}"#;

/// What can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    /// Everything there is to know.
    List,
    /// Put one in force.
    Inject,
    /// Take one back.
    Clear(Id),
}

/// What `method` asks for on what follows `/_sandbox/faults`; `None` if that is no path.
pub(super) fn call(method: &Method, rest: &str) -> Option<Result<Call, Refusal>> {
    let allowed = |allowed: &str| {
        let error = format!("{method} is not a method of /_sandbox/faults{rest}");
        let hint = format!("use {allowed}");
        Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, error, hint))
    };
    match (rest.strip_prefix('/'), method.as_str()) {
        (None, "GET") if rest.is_empty() => Some(Ok(Call::List)),
        (None, "POST") if rest.is_empty() => Some(Ok(Call::Inject)),
        (None, _) if rest.is_empty() => Some(allowed("GET or POST")),
        (Some(id), method) => {
            let id = id.parse().ok()?;
            Some(match method {
                "DELETE" => Ok(Call::Clear(id)),
                _ => allowed("DELETE"),
            })
        }
        _ => None,
    }
}

/// Does it.
pub(super) async fn answer(
    control: &Control,
    call: Call,
    body: Incoming,
) -> Result<Response<Body>, Refusal> {
    match call {
        Call::List => Ok(json(StatusCode::OK, &list(control))),
        Call::Inject => inject(control, &body::document(body, FORM).await?),
        Call::Clear(id) => clear(control, id),
    }
}

#[derive(Serialize)]
struct Listing {
    seed: u64,
    faults: Vec<Active>,
    kinds: Vec<Kinds>,
    /// What may stand after each key's equals sign, for people.
    forms: BTreeMap<&'static str, &'static str>,
}

#[derive(Serialize)]
struct Kinds {
    kind: &'static str,
    about: &'static str,
    keys: Vec<&'static str>,
}

fn list(control: &Control) -> Listing {
    let faults = control.faults();
    let kinds = Kind::ALL.into_iter().map(|kind| Kinds {
        kind: kind.name(),
        about: kind.about(),
        keys: kind.keys().iter().map(|key| key.name()).collect(),
    });
    Listing {
        seed: faults.seed(),
        faults: faults.list(control.now()),
        kinds: kinds.collect(),
        forms: Key::ALL.map(|key| (key.name(), key.form())).into(),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    fault: String,
}

#[derive(Serialize)]
struct Injected {
    id: Id,
}

fn inject(control: &Control, wanted: &Wanted) -> Result<Response<Body>, Refusal> {
    let fault: Fault = wanted
        .fault
        .parse()
        .map_err(|error: crate::fault::FaultError| bad(&error.to_string(), &error.hint()))?;
    let id = control.faults().inject(control.now(), fault);
    Ok(json(StatusCode::CREATED, &Injected { id }))
}

fn clear(control: &Control, id: Id) -> Result<Response<Body>, Refusal> {
    if !control.faults().clear(id) {
        let error = format!("there is no fault {id}");
        let hint = "GET /_sandbox/faults lists them";
        return Err(Refusal::new(StatusCode::NOT_FOUND, error, hint));
    }
    let mut response = Response::new(full(""));
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}

fn bad(error: &str, hint: &str) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, error, hint)
}
