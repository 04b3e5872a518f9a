//! The HTTP/1.1 side that the AWS port and IMDS share: the accept loop and the response body. What is answered is theirs.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// A response body; one that is read from a file can fail half-way, and the connection with it.
pub(crate) type Body = BoxBody<Bytes, io::Error>;

/// Also hyper's limit for an idle connection; SDK pools drop theirs after 60 to 90 seconds, so a close rarely meets a request.
const HEADER_TIMEOUT: Duration = Duration::from_mins(2);

/// S3 refuses more than 8 KiB of headers; this leaves room for SDKs with long session tokens.
const MAX_HEADER_BYTES: usize = 64 * 1024;

/// How long to hold off after accepting failed, which means that the process is out of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A body that is all there.
pub(crate) fn full(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into())
        .map_err(|never| match never {})
        .boxed()
}

/// Where a request comes from; among its extensions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// Among a response's extensions: it is not sent, the connection ends instead.
#[derive(Debug, Clone, Copy)]
struct Unanswered;

/// Why a connection ends without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the answer is lost")]
struct Lost;

/// In place of an answer: the connection ends without one.
pub(crate) fn unanswered() -> Response<Body> {
    let mut response = Response::new(full(""));
    response.extensions_mut().insert(Unanswered);
    response
}

/// Answers every connection with `answer` until dropped; the connections end with it.
pub(crate) async fn accept<A, F>(listener: TcpListener, answer: A)
where
    A: Fn(Request<Incoming>) -> F + Clone + Send + 'static,
    F: Future<Output = Response<Body>> + Send + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    connections.spawn(connection(stream, Peer(peer), answer.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "accepting a connection failed");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection<A, F>(stream: TcpStream, peer: Peer, answer: A)
where
    A: Fn(Request<Incoming>) -> F,
    F: Future<Output = Response<Body>>,
{
    // Small answers must not wait for the client's delayed ACK.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "setting TCP_NODELAY failed");
    }
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        let response = answer(request);
        async {
            let response = response.await;
            match response.extensions().get() {
                Some(Unanswered) => Err(Lost),
                None => Ok(response),
            }
        }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(MAX_HEADER_BYTES)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "a connection ended early");
    }
}
