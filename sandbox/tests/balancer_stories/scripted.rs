//! Servers that do what a script says, byte by byte. Health probes are answered beside the script, with 200.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A complete small answer on a connection that stays open.
pub(crate) const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// A running server; ends when dropped.
pub(crate) struct Scripted {
    pub(crate) address: SocketAddr,
    connections: Arc<AtomicUsize>,
    accepting: JoinHandle<()>,
}

impl Scripted {
    /// Runs `script` for every connection that is not a probe, with the head of its first request.
    pub(crate) async fn start<F, Done>(script: F) -> Self
    where
        F: Fn(Peer, String) -> Done + Send + Sync + 'static,
        Done: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        let script = Arc::new(script);
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (script, counted) = (Arc::clone(&script), Arc::clone(&counted));
                tokio::spawn(async move {
                    let mut peer = Peer { stream };
                    let Some(head) = peer.request().await else {
                        return;
                    };
                    if head.contains("ELB-HealthChecker") {
                        return peer
                            .send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                            .await;
                    }
                    counted.fetch_add(1, Ordering::SeqCst);
                    script(peer, head).await;
                });
            }
        });
        Self {
            address,
            connections,
            accepting,
        }
    }

    /// Answers every request with [`OK`].
    pub(crate) async fn well_behaved() -> Self {
        Self::saying(OK).await
    }

    /// Answers every request with these bytes.
    pub(crate) async fn saying(answer: &'static str) -> Self {
        Self::start(move |mut peer, _| async move {
            peer.send(answer).await;
            while peer.request().await.is_some() {
                peer.send(answer).await;
            }
        })
        .await
    }

    /// How many connections, probes aside, have sent a request.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// The server's end of a connection.
pub(crate) struct Peer {
    /// For what only some stories do with it.
    pub(crate) stream: TcpStream,
}

impl Peer {
    /// The next request's head; `None` when the other side has closed. Requests with a body are the script's to read.
    pub(crate) async fn request(&mut self) -> Option<String> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.stream.read_u8().await.ok()?);
        }
        Some(String::from_utf8(head).expect("a head of text"))
    }

    /// The next byte; `None` when the other side has closed.
    pub(crate) async fn byte(&mut self) -> Option<u8> {
        self.stream.read_u8().await.ok()
    }

    /// The other side may be gone: that is for the test to notice.
    pub(crate) async fn send(&mut self, bytes: &str) {
        let _ = self.stream.write_all(bytes.as_bytes()).await;
    }

    /// Waits for bytes without reading them.
    pub(crate) async fn arrival(&mut self) {
        let mut byte = [0];
        let _ = self.stream.peek(&mut byte).await;
    }

    /// Closes with a reset instead of an end.
    pub(crate) fn reset(self) {
        SockRef::from(&self.stream)
            .set_linger(Some(Duration::ZERO))
            .expect("linger is settable");
    }

    /// Keeps the connection open, silently, until the other side closes it.
    pub(crate) async fn hold(mut self) {
        while self.byte().await.is_some() {}
    }
}
