//! The listener of one instance's metadata service.

use std::sync::{Arc, Mutex, PoisonError};

use http::{HeaderValue, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use jiff::Timestamp;
use tokio::net::TcpListener;

use super::answer::{self, Answer, Question, TOKEN_TTL};
use super::metadata::MetadataSource;
use super::token::Tokens;
use crate::wire::http::{self as connections, Body, full};

/// What time it is; tokens expire and credentials rotate by it.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

struct Service {
    source: Arc<dyn MetadataSource>,
    clock: Clock,
    tokens: Mutex<Tokens>,
}

/// Serves the metadata of one instance until dropped.
pub async fn serve(listener: TcpListener, source: Arc<dyn MetadataSource>, clock: Clock) {
    let service = Arc::new(Service {
        source,
        clock,
        tokens: Mutex::default(),
    });
    connections::accept(listener, move |request| {
        let response = service.answer(&request);
        async { response }
    })
    .await;
}

impl Service {
    fn answer(&self, request: &Request<Incoming>) -> Response<Body> {
        let metadata = self.source.metadata();
        let question = Question {
            method: request.method(),
            path: request.uri().path(),
            headers: request.headers(),
        };
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        let now = (self.clock)();
        respond(answer::answer(
            &question,
            metadata.as_ref(),
            &mut tokens,
            now,
        ))
    }
}

fn respond(answer: Answer) -> Response<Body> {
    let (status, body, ttl) = match answer {
        Answer::Token { token, ttl } => (StatusCode::OK, token.into_bytes(), Some(ttl)),
        Answer::Found(bytes) => (StatusCode::OK, bytes, None),
        Answer::Refused(status) => (status, status.to_string().into_bytes(), None),
    };
    let length = HeaderValue::from(body.len());
    let mut response = Response::new(full(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    // Told here because a HEAD answer has no body to take it from.
    headers.insert(header::CONTENT_LENGTH, length);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    if let Some(ttl) = ttl {
        headers.insert(TOKEN_TTL, HeaderValue::from(ttl.seconds()));
    }
    response
}
