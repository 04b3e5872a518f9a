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
use socket2::SockRef;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::answer;
use super::carrier::{Carrier, Standstill};
use super::client_http2::serve_http2;
use super::counters::Cause;
use super::forward::{Asker, Forwarder};
use super::headers::LINE_LIMIT;
use super::linger::Lingering;
use super::open_requests::Carried;
use super::opening::{self, Opening};
use super::tunnel::TunnelSlot;
use crate::routing::Attributes;

/// Room for the 64 KiB of headers that an ALB accepts; what goes far beyond is refused before it is parsed.
const READ_BUFFER_LIMIT: usize = 128 * 1024;
/// An ALB limits the size of the headers, not their number.
const MOST_HEADERS: usize = 4096;
/// Room in the socket for what the client has not taken yet (the kernel doubles it). With the kernel's own megabytes a client
/// that reads slowly would look for minutes as if it did not read at all.
const SEND_BUFFER: usize = 64 * 1024;

/// Serves one client until either side closes. A connection keeps to the attributes that it began with.
pub(super) async fn serve_client(
    mut stream: TcpStream,
    address: SocketAddr,
    forwarder: Arc<Forwarder>,
) {
    // Failing to set it only costs latency.
    let _ = stream.set_nodelay(true);
    // Failing to set it only makes slow readers look slower.
    let _ = SockRef::from(&stream).set_send_buffer_size(SEND_BUFFER);
    let attributes = forwarder.plane.table().attributes;
    let opening = opening::read(&mut stream, &attributes).await;
    let socket = |read| Lingering::new(stream, read, attributes.idle_timeout);
    match opening {
        Opening::Http1(read) => serve_http1(socket(read), address, forwarder, attributes).await,
        Opening::Http2(read) => {
            serve_http2(socket(read), address, forwarder, attributes).await;
        }
        Opening::Refused(cause) => {
            forwarder.count_refusal(cause);
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
    let (slot, carrier) = (TunnelSlot::default(), Arc::new(Carrier::default()));
    let asker = Asker {
        address,
        tunnel: Some(slot.clone()),
        carrier: Arc::clone(&carrier),
    };
    let (opened, serving) = (Instant::now(), Arc::clone(&forwarder));
    let service = service_fn(move |request| {
        let (forwarder, asker) = (Arc::clone(&serving), asker.clone());
        let open = asker.carrier.request();
        Box::pin(async move {
            let mut answer = forwarder.answer(&asker, request).await;
            let switching = answer.status() == StatusCode::SWITCHING_PROTOCOLS;
            if !switching && opened.elapsed() >= attributes.client_keep_alive {
                let close = HeaderValue::from_static("close");
                answer.headers_mut().insert(CONNECTION, close);
            }
            Ok::<_, Infallible>(answer.map(|body| Carried::new(body, open)))
        })
    });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        // The head has as long as the client keeps sending, as the body has: the carrier watches both.
        .header_read_timeout(None)
        .max_buf_size(READ_BUFFER_LIMIT)
        .max_headers(MOST_HEADERS)
        .serve_connection(
            TokioIo::new(socket.carried_by(Arc::clone(&carrier))),
            service,
        );
    let end = tokio::select! {
        biased;
        ended = poll_fn(|cx| connection.poll_without_shutdown(cx)) => End::Served(ended),
        () = carrier.over() => End::Cut,
        still = carrier.standstill(attributes.idle_timeout) => {
            if still == Standstill::Unread && carrier.end() {
                forwarder.counters.count_failure(Cause::ClientStopped);
            }
            End::Idle(still)
        }
    };
    let rest = connection.into_parts();
    let mut socket = rest.io.into_inner();
    let unsaid = socket.release();
    if let Some(tunnel) = slot.take() {
        socket.unread(rest.read_buf);
        let socket = socket.half_closing();
        return tunnel.carry(socket, &forwarder.counters).await;
    }
    match cause(&end, &rest.read_buf) {
        Some(cause) => {
            forwarder.count_refusal(cause);
            if unsaid || cause == Cause::ClientStalled {
                say(socket, cause).await;
            } else {
                close(socket).await;
            }
        }
        None => close(socket).await,
    }
}

/// How the service of a connection has ended.
enum End {
    Served(hyper::Result<()>),
    Cut,
    Idle(Standstill),
}

/// What a client has done wrong outside of a request; `None` for one that just left. Other errors are counted where they
/// arise.
fn cause(end: &End, read: &Bytes) -> Option<Cause> {
    match end {
        End::Served(Ok(())) | End::Cut | End::Idle(Standstill::Unread) => None,
        // Without a byte of a next request it was an idle connection.
        End::Idle(Standstill::Silent) => (!read.is_empty()).then_some(Cause::ClientStalled),
        End::Served(Err(error)) if error.is_parse_too_large() => Some(too_large(read)),
        End::Served(Err(error)) => error.is_parse().then_some(Cause::BadRequest),
    }
}

/// Which part of a head that hyper gave up is the one that is too large.
fn too_large(read: &[u8]) -> Cause {
    let line = read.iter().position(|byte| *byte == b'\n');
    if line.unwrap_or(read.len()) > LINE_LIMIT {
        Cause::UriTooLong
    } else {
        Cause::HeaderTooLarge
    }
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
