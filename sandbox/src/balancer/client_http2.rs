//! A client that speaks HTTP/2: many requests at once on one connection, each on its way as HTTP/1.1.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-listeners.html#listener-configuration>

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use hyper::rt::Executor;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};

use super::carrier::Carrier;
use super::forward::{Asker, Forwarder};
use super::linger::Lingering;
use super::open_requests::{Carried, Life, Stream};
use crate::routing::Attributes;

/// Requests that an ALB takes side by side on one connection.
const STREAMS: u32 = 128;
/// What a client may send in headers before it is refused as a whole; the limits of `headers` come first.
const HEAD_LIMIT: u32 = 128 * 1024;

tokio::task_local! {
    /// What carries the stream that the task is for.
    static CARRIER: Arc<Carrier>;
}

/// Runs each stream as a task that ends with its carrier: hyper then resets the stream, also one whose client makes no room
/// for more of it.
#[derive(Debug, Clone, Copy)]
struct Streams;

impl<F> Executor<F> for Streams
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    fn execute(&self, stream: F) {
        let carrier = Arc::new(Carrier::default());
        let ended = Arc::clone(&carrier);
        let until_ended = async move {
            tokio::select! {
                biased;
                _ = stream => {}
                () = ended.over() => {}
            }
        };
        tokio::spawn(CARRIER.scope(carrier, until_ended));
    }
}

/// Serves one client until either side closes.
pub(super) async fn serve_http2(
    socket: Lingering,
    address: SocketAddr,
    forwarder: Arc<Forwarder>,
    attributes: Attributes,
) {
    let life = Arc::new(Life::new());
    let lived = Arc::clone(&life);
    let service = service_fn(move |request| {
        let forwarder = Arc::clone(&forwarder);
        let stream = Stream::open(Arc::clone(&lived));
        async move {
            let asker = Asker {
                address,
                tunnel: None,
                carrier: CARRIER.with(Arc::clone),
            };
            let answer = forwarder.answer(&asker, request).await;
            Ok::<_, Infallible>(answer.map(|body| Carried::new(body, stream)))
        }
    });
    let connection = http2::Builder::new(Streams)
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(HEAD_LIMIT)
        .serve_connection(TokioIo::new(socket), service);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        // Its errors are the client's leaving or a cut body, both counted where they arise.
        _ = connection.as_mut() => return,
        () = life.over(&attributes) => connection.as_mut().graceful_shutdown(),
    }
    // The client has been told (GOAWAY) and its open requests end; the wait for it to close is no longer than any other.
    let _ = tokio::time::timeout(attributes.idle_timeout, connection).await;
}
