//! The client's side: one keep-alive connection, whatever happens to the targets behind.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;

use super::forward::Forwarder;
use super::linger::Lingering;

/// Room for the 64 KiB of headers that an ALB accepts; what goes beyond is refused before it is parsed.
const READ_BUFFER_LIMIT: usize = 128 * 1024;

/// Serves one client until either side closes; hyper ends it when nothing arrives within the idle timeout.
pub(super) async fn serve_client(
    stream: TcpStream,
    address: SocketAddr,
    forwarder: Arc<Forwarder>,
) {
    // Failing to set it only costs latency.
    let _ = stream.set_nodelay(true);
    let idle_timeout = forwarder.settings.idle_timeout;
    let service = service_fn(move |request| {
        let forwarder = Arc::clone(&forwarder);
        async move { Ok::<_, Infallible>(forwarder.answer(address, request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(idle_timeout)
        .max_buf_size(READ_BUFFER_LIMIT)
        .serve_connection(TokioIo::new(Lingering::new(stream, idle_timeout)), service);
    // Its errors are the client's leaving or a cut body, both counted where they arise.
    let _ = connection.await;
}
