//! The client's side: one keep-alive connection, whatever happens to the targets behind.

use std::convert::Infallible;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::StatusCode;
use http::header::{CONNECTION, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::answer;
use super::client_http2::serve_http2;
use super::counters::Cause;
use super::forward::{Asker, Forwarder};
use super::linger::Lingering;
use super::opening::{self, Opening};
use super::tunnel::TunnelSlot;
use crate::routing::Attributes;

/// Room for the 64 KiB of headers that an ALB accepts; what goes far beyond is refused before it is parsed.
const READ_BUFFER_LIMIT: usize = 128 * 1024;
/// An ALB limits the size of the headers, not their number.
const MOST_HEADERS: usize = 1024;

/// Serves one client until either side closes. A connection keeps to the attributes that it began with.
pub(super) async fn serve_client(
    mut stream: TcpStream,
    address: SocketAddr,
    forwarder: Arc<Forwarder>,
) {
    // Failing to set it only costs latency.
    let _ = stream.set_nodelay(true);
    let attributes = forwarder.plane.table().attributes;
    let opening = opening::read(&mut stream, &attributes).await;
    let socket = |read| Lingering::new(stream, read, attributes.idle_timeout);
    match opening {
        Opening::Http1(read) => serve_http1(socket(read), address, forwarder, attributes).await,
        Opening::Http2(read) => {
            serve_http2(socket(read), address, forwarder, attributes).await;
        }
        Opening::Refused(cause) => {
            forwarder.counters.count_failure(cause);
            say(socket(Bytes::new()), cause).await;
        }
        Opening::Nothing => {}
    }
}

async fn serve_http1(
    socket: Lingering,
    address: SocketAddr,
    forwarder: Arc<Forwarder>,
    attributes: Attributes,
) {
    let slot = TunnelSlot::default();
    let asker = Asker {
        address,
        tunnel: Some(slot.clone()),
    };
    let (opened, serving) = (Instant::now(), Arc::clone(&forwarder));
    let service = service_fn(move |request| {
        let (forwarder, asker) = (Arc::clone(&serving), asker.clone());
        Box::pin(async move {
            let mut answer = forwarder.answer(&asker, request).await;
            let switching = answer.status() == StatusCode::SWITCHING_PROTOCOLS;
            if !switching && opened.elapsed() >= attributes.client_keep_alive {
                let close = HeaderValue::from_static("close");
                answer.headers_mut().insert(CONNECTION, close);
            }
            Ok::<_, Infallible>(answer)
        })
    });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(attributes.idle_timeout)
        .max_buf_size(READ_BUFFER_LIMIT)
        .max_headers(MOST_HEADERS)
        .serve_connection(TokioIo::new(socket), service);
    let ended = poll_fn(|cx| connection.poll_without_shutdown(cx)).await;
    let rest = connection.into_parts();
    let mut socket = rest.io.into_inner();
    if let Some(tunnel) = slot.take() {
        socket.unread(rest.read_buf);
        return tunnel.carry(socket, &forwarder.counters).await;
    }
    match ended.err().and_then(|error| cause(&error, &rest.read_buf)) {
        Some(Cause::ClientStalled) => {
            forwarder.counters.count_failure(Cause::ClientStalled);
            say(socket, Cause::ClientStalled).await;
        }
        // hyper has answered it.
        Some(cause) => {
            forwarder.counters.count_failure(cause);
            close(socket).await;
        }
        None => close(socket).await,
    }
}

/// What a client has done wrong before a request was complete with its head; `None` for one that just left. Other errors
/// are counted where they arise.
fn cause(error: &hyper::Error, read: &Bytes) -> Option<Cause> {
    if error.is_timeout() {
        // Without a byte of a next request it was an idle connection.
        return (!read.is_empty()).then_some(Cause::ClientStalled);
    }
    if error.is_parse_too_large() {
        return Some(Cause::HeaderTooLarge);
    }
    error.is_parse().then_some(Cause::BadRequest)
}

/// Answers a client that has not made a request, and closes.
async fn say(mut socket: Lingering, cause: Cause) {
    let status = cause.status().unwrap_or(StatusCode::BAD_REQUEST);
    let words = answer::last_words(status);
    // Nobody is left to tell when it fails.
    let _ = socket.write_all(words.as_bytes()).await;
    close(socket).await;
}

async fn close(mut socket: Lingering) {
    // Nobody is left to tell when it fails.
    let _ = socket.shutdown().await;
}
