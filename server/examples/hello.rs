//! A bare hyper service that leaves without dropping a request. Try: run it, keep a connection
//! open, send it SIGTERM.

use std::convert::Infallible;
use std::process::ExitCode;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use server::{RequestBody, Server, signals};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let server = Server::builder().build();
    let handle = server.handle();
    signals::leave_on_signals(handle.clone())?;

    let hello = service_fn(move |request: Request<RequestBody>| {
        let ready = handle.phase().is_ready();
        async move {
            let (status, text) = match (request.uri().path(), ready) {
                ("/healthz", false) => (StatusCode::SERVICE_UNAVAILABLE, "leaving\n"),
                ("/healthz", true) => (StatusCode::OK, "ready\n"),
                _ => (StatusCode::OK, "hello\n"),
            };
            let mut response = Response::new(Full::new(Bytes::from(text)));
            *response.status_mut() = status;
            Ok::<_, Infallible>(response)
        }
    });

    let listener = TcpListener::bind("127.0.0.1:8080").await?;
    let departure = server.serve(listener, hello).await;
    Ok(if departure.is_clean() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
