//! A client that reports exactly what arrived.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, Interest};
use tokio::net::{TcpSocket, TcpStream};

/// No story takes longer; a hang is a failure with a name.
const PATIENCE: Duration = Duration::from_secs(20);

/// One keep-alive connection.
pub(crate) struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// One answer.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
    /// Whether the body came to its declared end.
    pub(crate) complete: bool,
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address)
            .await
            .expect("the balancer listens");
        Self {
            stream,
            buffer: Vec::new(),
        }
    }

    /// A client with little room for what it has not read.
    pub(crate) async fn connect_slow(address: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(32 * 1024).expect("a size");
        let stream = socket.connect(address).await.expect("the balancer listens");
        Self {
            stream,
            buffer: Vec::new(),
        }
    }

    /// Sends a head and a body without end, and takes whatever comes back until the connection ends.
    pub(crate) async fn uploads(self, head: &str) -> String {
        let (mut from, mut to) = self.stream.into_split();
        to.write_all(head.as_bytes())
            .await
            .expect("the balancer reads");
        let sending = tokio::spawn(async move {
            let bytes = vec![b'x'; 64 * 1024];
            while to.write_all(&bytes).await.is_ok() {}
        });
        let mut seen = vec![0; 4096];
        let read = tokio::time::timeout(PATIENCE, from.read(&mut seen))
            .await
            .expect("the balancer answers")
            .expect("an answer");
        sending.abort();
        String::from_utf8_lossy(&seen[..read]).into_owned()
    }

    /// One GET on this connection.
    pub(crate) async fn get(&mut self, path: &str) -> Seen {
        self.send(&format!(
            "GET {path} HTTP/1.1\r\nHost: example.test\r\n\r\n"
        ))
        .await;
        self.answer().await
    }

    pub(crate) async fn send(&mut self, bytes: &str) {
        self.stream
            .write_all(bytes.as_bytes())
            .await
            .expect("the balancer reads");
    }

    /// The next answer, as far as it comes.
    pub(crate) async fn answer(&mut self) -> Seen {
        let mut seen = self.head().await;
        seen.complete = if seen.has("transfer-encoding: chunked") {
            self.until(b"0\r\n\r\n").await
        } else {
            let length = seen
                .header("content-length")
                .expect("a length")
                .parse()
                .expect("a number");
            self.at_least(length).await
        };
        seen.body = String::from_utf8(std::mem::take(&mut self.buffer)).expect("a body of text");
        seen
    }

    /// The head of the next answer; what of its body came along stays in the buffer.
    pub(crate) async fn head(&mut self) -> Seen {
        assert!(self.until(b"\r\n\r\n").await, "closed before an answer");
        let end = find(&self.buffer, b"\r\n\r\n").expect("just seen") + 4;
        let head: Vec<u8> = self.buffer.drain(..end).collect();
        let head = String::from_utf8(head).expect("a head of text");
        Seen {
            status: head[9..12].parse().expect("a status"),
            head: head.to_ascii_lowercase(),
            body: String::new(),
            complete: false,
        }
    }

    /// Waits until this much of a body has arrived; false when the connection ends before.
    pub(crate) async fn at_least(&mut self, length: usize) -> bool {
        while self.buffer.len() < length {
            if self.read().await == 0 {
                return false;
            }
        }
        true
    }

    /// Waits until the balancer has closed its side, without reading what it has said.
    pub(crate) async fn end_arrives(&self) {
        let closed = async {
            while !self
                .stream
                .ready(Interest::READABLE)
                .await?
                .is_read_closed()
            {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            Ok::<_, std::io::Error>(())
        };
        tokio::time::timeout(PATIENCE, closed)
            .await
            .expect("the balancer closes")
            .expect("a socket");
    }

    /// Whether the balancer has closed the connection: waits for it.
    pub(crate) async fn closed(&mut self) -> bool {
        self.read().await == 0
    }

    /// Whether the connection ends, whatever still arrives before.
    pub(crate) async fn ends(&mut self) -> bool {
        while self.read().await > 0 {}
        true
    }

    /// What has arrived and not been looked at.
    pub(crate) fn received(&self) -> &str {
        std::str::from_utf8(&self.buffer).expect("text")
    }

    /// Whether the next bytes are these.
    pub(crate) async fn starts_with(&mut self, text: &str) -> bool {
        self.at_least(text.len()).await && self.buffer.starts_with(text.as_bytes())
    }

    async fn until(&mut self, end: &[u8]) -> bool {
        while find(&self.buffer, end).is_none() {
            if self.read().await == 0 {
                return false;
            }
        }
        true
    }

    async fn read(&mut self) -> usize {
        tokio::time::timeout(PATIENCE, self.stream.read_buf(&mut self.buffer))
            .await
            .expect("the balancer answers or closes")
            // A reset ends the connection as well.
            .unwrap_or(0)
    }
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    pub(crate) fn has(&self, line: &str) -> bool {
        self.head.lines().any(|candidate| candidate == line)
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}
