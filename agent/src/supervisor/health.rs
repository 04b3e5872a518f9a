//! The local health check: what the load balancer will ask, asked first by the agent.

use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;

/// The longest one probe may take.
const PROBE: Duration = Duration::from_secs(2);

/// The pause between probes.
const PAUSE: Duration = Duration::from_millis(100);

/// Resolves when `path` answers 200. `last` keeps why it has not yet, for whoever stops waiting.
pub(super) async fn healthy(address: SocketAddr, path: &str, last: &mut String) {
    loop {
        match tokio::time::timeout(PROBE, probe(address, path)).await {
            Ok(Ok(StatusCode::OK)) => return,
            Ok(Ok(status)) => *last = format!("{path} answers {status}"),
            Ok(Err(error)) => *last = format!("{path} does not answer: {error}"),
            Err(_) => *last = format!("{path} does not answer within {} s", PROBE.as_secs()),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn probe(
    address: SocketAddr,
    path: &str,
) -> Result<StatusCode, Box<dyn Error + Send + Sync>> {
    let stream = TcpStream::connect(address).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let request = Request::get(path)
        .header("host", address.to_string())
        .header("user-agent", "baton-agent")
        .header("connection", "close")
        .body(Empty::<Bytes>::new())?;
    let exchange = async {
        sender
            .send_request(request)
            .await
            .map(|answer| answer.status())
    };
    tokio::pin!(exchange);
    tokio::select! {
        status = &mut exchange => Ok(status?),
        // The answer may have come with the connection's last bytes.
        _ = connection => Ok(exchange.await?),
    }
}
