//! What the log says of a request, read as JSON.

use std::io::{self, Write};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::FutureExt;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Either, Empty, Full, StreamBody};
use hyper::body::Frame;
use hyper::service::{Service, service_fn};
use serde_json::Value;
use tracing_subscriber::EnvFilter;

use super::{ACCESS_LOG, AccessLog};
use crate::request_id::{RequestId, X_REQUEST_ID};

#[derive(Debug, Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn entries(&self) -> Vec<Value> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        let lines = text.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    fn listen(&self, filter: &str) -> tracing::subscriber::DefaultGuard {
        let log = self.clone();
        let subscriber = tracing_subscriber::fmt()
            .json()
            .flatten_event(true)
            .with_env_filter(EnvFilter::new(filter))
            .with_writer(move || log.clone())
            .finish();
        tracing::subscriber::set_default(subscriber)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("out of order")]
struct OutOfOrder;

type Content = Either<Full<Bytes>, Either<Empty<Bytes>, StreamBody<Frames>>>;
type Frames = futures_util::stream::Iter<std::vec::IntoIter<Result<Frame<Bytes>, OutOfOrder>>>;

async fn answer(request: Request<Empty<Bytes>>) -> Result<Response<Content>, OutOfOrder> {
    let id = request.extensions().get::<RequestId>().unwrap().to_string();
    let frames = |frames: Vec<_>| {
        let frames = futures_util::stream::iter(frames);
        Either::Right(Either::Right(StreamBody::new(frames)))
    };
    let part = || Ok(Frame::data(Bytes::from_static(b"part")));
    let content = match request.uri().path() {
        "/id" => Either::Left(Full::from(id)),
        "/none" => Either::Right(Either::Left(Empty::new())),
        "/parts" => frames(vec![part(), part()]),
        "/broken" => frames(vec![part(), Err(OutOfOrder)]),
        "/panic" => panic!("as asked"),
        "/hang" => std::future::pending().await,
        _ => return Err(OutOfOrder),
    };
    Ok(Response::new(content))
}

fn service()
-> AccessLog<impl Service<Request<Empty<Bytes>>, Response = Response<Content>, Error = OutOfOrder>>
{
    AccessLog::new(service_fn(answer))
}

fn get(path: &str) -> Request<Empty<Bytes>> {
    Request::get(path).body(Empty::new()).unwrap()
}

/// The one entry written about what `exchange` does.
async fn entry(exchange: impl Future<Output = ()>) -> Value {
    let log = Log::default();
    let listening = log.listen("server::access=info");
    exchange.await;
    drop(listening);
    let [entry] = &log.entries()[..] else {
        panic!("not one entry: {:?}", log.entries());
    };
    entry.clone()
}

#[tokio::test]
async fn an_entry_has_all_that_is_known_of_a_request() {
    let request = Request::get("/id?password=secret")
        .header(
            "traceparent",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        )
        .header(
            "x-amzn-trace-id",
            "Self=1-67891234-12456789abcdef012345678a;Root=1-67891233-abcdef012345678912345678",
        )
        .header("x-request-id", "callers-own")
        .header("user-agent", "curl/8.5 \"quoted\"")
        .body(Empty::new())
        .unwrap();
    let entry = entry(async {
        let response = service().call(request).await.unwrap();
        let header = response.headers()[X_REQUEST_ID].clone();
        let body = response.collect().await.unwrap().to_bytes();
        assert_eq!(body, header.as_bytes());
    })
    .await;
    for (field, value) in [
        ("target", "server::access"),
        ("level", "INFO"),
        ("method", "GET"),
        ("path", "/id"),
        ("protocol", "HTTP/1.1"),
        ("outcome", "whole"),
        ("request_id", "1-67891233-abcdef012345678912345678"),
        ("trace_self", "1-67891234-12456789abcdef012345678a"),
        (
            "traceparent",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ),
        ("caller_id", "callers-own"),
        ("user_agent", "curl/8.5 \"quoted\""),
    ] {
        assert_eq!(entry[field], value, "{field}");
    }
    assert_eq!(
        (&entry["status"], &entry["bytes"]),
        (&200.into(), &35.into())
    );
    assert!(entry["duration_ms"].is_f64());
    assert!(!entry.to_string().contains("secret"));
}

/// status, bytes, outcome
fn account(entry: &Value) -> (Option<u64>, u64, &str) {
    let outcome = entry["outcome"].as_str().unwrap();
    (
        entry["status"].as_u64(),
        entry["bytes"].as_u64().unwrap(),
        outcome,
    )
}

#[tokio::test]
async fn a_response_that_is_read_to_its_end_is_whole() {
    for (path, bytes) in [("/parts", 8), ("/id", 32), ("/none", 0)] {
        let entry = entry(async {
            let response = service().call(get(path)).await.unwrap();
            response.collect().await.unwrap();
        })
        .await;
        assert_eq!(account(&entry), (Some(200), bytes, "whole"), "{path}");
    }
}

#[tokio::test]
async fn content_that_nobody_reads_is_cut_unless_there_is_none() {
    for (request, outcome) in [
        (get("/parts"), "cut"),
        (get("/id"), "cut"),
        (get("/none"), "whole"),
        (Request::head("/id").body(Empty::new()).unwrap(), "whole"),
    ] {
        let entry = entry(async { drop(service().call(request).await.unwrap()) }).await;
        assert_eq!(account(&entry), (Some(200), 0, outcome));
    }
}

#[tokio::test]
async fn a_body_that_fails_is_cut_where_it_failed() {
    let entry = entry(async {
        let response = service().call(get("/broken")).await.unwrap();
        response.collect().await.unwrap_err();
    })
    .await;
    assert_eq!(account(&entry), (Some(200), 4, "cut"));
}

#[tokio::test]
async fn a_handler_that_fails_is_logged_as_the_500_that_the_server_answers() {
    let failed = entry(async {
        service().call(get("/error")).await.unwrap_err();
    });
    let panicked = entry(async {
        let call = AssertUnwindSafe(service().call(get("/panic")));
        call.catch_unwind().await.unwrap_err();
    });
    let expected = (
        Some(StatusCode::INTERNAL_SERVER_ERROR.as_u16().into()),
        0,
        "whole",
    );
    assert_eq!(account(&failed.await), expected);
    assert_eq!(account(&panicked.await), expected);
}

#[tokio::test]
async fn a_client_that_leaves_early_is_logged_without_a_status() {
    let entry = entry(async {
        let call = service().call(get("/hang"));
        let gone = tokio::select! {
            biased;
            _ = call => false,
            () = std::future::ready(()) => true,
        };
        assert!(gone);
    })
    .await;
    assert_eq!(account(&entry), (None, 0, "cut"));
}

#[tokio::test]
async fn ids_are_given_although_nobody_listens() {
    let log = Log::default();
    let listening = log.listen(&format!("info,{ACCESS_LOG}=off"));
    let response = service().call(get("/id")).await.unwrap();
    assert_eq!(response.headers()[X_REQUEST_ID].len(), 32);
    drop((response, listening));
    assert_eq!(log.entries(), Vec::<Value>::new());
}
