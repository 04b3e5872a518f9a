//! S3's requests between the port and the store: they are counted, and what the edge does to calls it does to these.

use http::request::Parts;
use http::{Method, Response};
use hyper::body::Incoming;

use super::edge::{self, Call, Edge, Fate};
use super::server::Port;
use super::{killing, spoiled};
use crate::fault::{Kind, Side};
use crate::s3;
use crate::wire::error::ApiError;
use crate::wire::http::{Body, unanswered};

const SERVICE: &str = "s3";

/// Answers one request.
pub(super) async fn answer(port: &Port, head: &Parts, body: Incoming) -> Response<Body> {
    let mut named = None;
    let mut killed = None;
    let admit = |operation: &'static str| {
        port.calls.count(SERVICE, operation);
        named = Some(operation);
        let edge = port.edge.as_ref()?;
        killed = edge.kills(&call(operation, head));
        // A request whose sender dies first is never performed; what it is refused with, nobody reads.
        let dies_first = killed == Some(Side::Before);
        dies_first
            .then(|| ApiError::internal("the caller is gone"))
            .or_else(|| refused(edge, &call(operation, head)))
    };
    let response = s3::answer(&port.store, head, body, admit).await;
    if killed.is_some() {
        killing::kill_caller(head).await;
        return unanswered();
    }
    match (&port.edge, named) {
        (Some(edge), Some(operation)) => sent(edge, &call(operation, head), head, response),
        _ => response,
    }
}

fn call<'a>(op: &'a str, head: &Parts) -> Call<'a> {
    Call {
        service: SERVICE,
        op,
        from: edge::caller(&head.headers),
        narrow: true,
    }
}

fn refused(edge: &Edge, call: &Call<'_>) -> Option<ApiError> {
    match edge.fate(call) {
        Fate::Refuse(error) => Some(error),
        Fate::Perform | Fate::Past(_) => None,
    }
}

/// What arrives of a response.
fn sent(edge: &Edge, call: &Call<'_>, head: &Parts, response: Response<Body>) -> Response<Body> {
    if !response.status().is_success() {
        return response;
    }
    if edge.loses(call) {
        return unanswered();
    }
    if call.op != "GetObject" || head.method == Method::HEAD {
        return response;
    }
    let mut response = response;
    if is_blob(head) && edge.strikes(Kind::CorruptBlob, call).is_some() {
        response = response.map(spoiled::corrupt);
    }
    match edge.strikes(Kind::SlowStore, call) {
        Some(fault) => response.map(|body| spoiled::slow(body, fault.rate())),
        None => response,
    }
}

/// Releases keep their files below `blobs/` in a bucket; manifests and status documents lie elsewhere.
fn is_blob(head: &Parts) -> bool {
    let mut segments = head.uri.path().split('/');
    segments.any(|segment| segment == "blobs")
}
