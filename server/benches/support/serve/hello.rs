//! The one service that every server here runs: a small JSON body, at once or after a wait.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::Either;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Request, Response};
use http_body_util::Full;
use hyper::service::Service;

pub(crate) const BODY: &str = r#"{"id":12345,"name":"hello world","ok":true,"tags":["a","b","c"]}"#;

#[derive(Debug, Clone, Copy)]
pub(super) struct Hello {
    pub(super) wait: Duration,
}

type Answer = Result<Response<Full<Bytes>>, Infallible>;

impl Hello {
    pub(super) fn after(wait: Duration) -> Self {
        Self { wait }
    }
}

impl<B> Service<Request<B>> for Hello {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Either<Ready<Answer>, Pin<Box<dyn Future<Output = Answer> + Send>>>;

    fn call(&self, _: Request<B>) -> Self::Future {
        // No allocation where throughput is measured.
        if self.wait.is_zero() {
            return Either::Left(ready(Ok(answer())));
        }
        let wait = self.wait;
        Either::Right(Box::pin(async move {
            tokio::time::sleep(wait).await;
            Ok(answer())
        }))
    }
}

fn answer() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(BODY.as_bytes())));
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}
