//! Two HTTP/2 clients: one that behaves (the h2 crate) and one that writes the frames it is told to.

use std::net::SocketAddr;

use h2::client::{Builder, ResponseFuture, SendRequest};
use h2::{RecvStream, SendStream};
use hyper::body::Bytes;
use hyper::{Method, Request};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use crate::client::soon;

/// One connection of the h2 crate.
pub(crate) struct H2 {
    pub(crate) requests: Requests,
    end: JoinHandle<Result<(), h2::Error>>,
}

/// What asks on a connection; clones ask on the same one.
#[derive(Clone)]
pub(crate) struct Requests(pub(crate) SendRequest<Bytes>);

impl H2 {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self::connect_as(address, &Builder::new()).await
    }

    pub(crate) async fn connect_as(address: SocketAddr, settings: &Builder) -> Self {
        let stream = soon("a connection", TcpStream::connect(address))
            .await
            .unwrap();
        stream.set_nodelay(true).unwrap();
        Self::shake_hands(stream, settings).await
    }

    #[cfg(feature = "tls")]
    pub(crate) async fn over<IO>(stream: IO) -> Self
    where
        IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        Self::shake_hands(stream, &Builder::new()).await
    }

    async fn shake_hands<IO>(stream: IO, settings: &Builder) -> Self
    where
        IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (requests, connection) = settings.handshake(stream).await.unwrap();
        Self {
            requests: Requests(requests),
            end: tokio::spawn(connection),
        }
    }

    /// How the connection ends, by the server: this client would ask on.
    pub(crate) async fn end(self) -> Result<(), h2::Error> {
        let ended = soon("the end of the connection", self.end).await.unwrap();
        drop(self.requests);
        ended
    }
}

impl Requests {
    /// Sends a request without a body.
    pub(crate) async fn ask(&mut self, path: &str) -> Result<ResponseFuture, h2::Error> {
        let (response, _) = self.begin(Method::GET, path, true).await?;
        Ok(response)
    }

    /// Begins a request with a body.
    pub(crate) async fn post(&mut self, path: &str) -> (ResponseFuture, SendStream<Bytes>) {
        self.begin(Method::POST, path, false).await.unwrap()
    }

    async fn begin(
        &mut self,
        method: Method,
        path: &str,
        whole: bool,
    ) -> Result<(ResponseFuture, SendStream<Bytes>), h2::Error> {
        let mut requests = soon("room for a stream", self.0.clone().ready()).await?;
        let request = Request::builder()
            .method(method)
            .uri(format!("http://test{path}"))
            .body(())
            .unwrap();
        requests.send_request(request, whole)
    }

    pub(crate) async fn get(&mut self, path: &str) -> Result<(u16, String), h2::Error> {
        answer(self.ask(path).await?).await
    }
}

/// A whole response.
pub(crate) async fn answer(response: ResponseFuture) -> Result<(u16, String), h2::Error> {
    let response = soon("a response", response).await?;
    let status = response.status().as_u16();
    let mut body = response.into_body();
    let mut text = String::new();
    while let Some(chunk) = chunk(&mut body).await? {
        text += &chunk;
    }
    Ok((status, text))
}

/// The next piece of a response's body.
pub(crate) async fn chunk(body: &mut RecvStream) -> Result<Option<String>, h2::Error> {
    while let Some(bytes) = soon("a piece of a body", body.data()).await.transpose()? {
        body.flow_control().release_capacity(bytes.len())?;
        if !bytes.is_empty() {
            return Ok(Some(String::from_utf8_lossy(&bytes).into_owned()));
        }
    }
    Ok(None)
}

pub(crate) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// The payload of h2's shutdown PING.
const SHUTDOWN: [u8; 8] = [0x0b, 0x7b, 0xa2, 0xf0, 0x8b, 0x9b, 0xfe, 0x54];

/// What a server sends, as far as a story cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    /// The end of the response on this stream.
    Answered(u32),
    Reset(u32),
    /// The ACK of the client's SETTINGS.
    Greeted,
    ShutdownPing,
    /// A GOAWAY with this last stream.
    GoAway(u32),
    Other,
}

pub(crate) const MAX_STREAM: u32 = u32::MAX >> 1;

/// A connection whose frames are made by hand.
pub(crate) struct Wire(TcpStream);

impl Wire {
    /// Connects and shakes hands.
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let stream = soon("a connection", TcpStream::connect(address))
            .await
            .unwrap();
        let mut wire = Self(stream);
        wire.send(&[PREFACE, &frame(4, 0, 0, &[])].concat()).await;
        assert_eq!(wire.next().await, Some(Seen::Greeted));
        wire
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        soon("bytes to be taken", self.0.write_all(bytes))
            .await
            .unwrap();
    }

    /// Whether the server still answers a PING.
    pub(crate) async fn ping(&mut self) -> bool {
        let sent = self.0.write_all(&frame(6, 0, 0, b"are you?")).await;
        sent.is_ok() && soon("a PING's ACK", self.frame()).await.is_some()
    }

    /// The next frame of interest; `None`: the end.
    pub(crate) async fn next(&mut self) -> Option<Seen> {
        loop {
            let seen = soon("a frame", self.frame()).await?;
            if seen != Seen::Other {
                return Some(seen);
            }
        }
    }

    /// All frames of interest up to the end.
    pub(crate) async fn rest(mut self) -> Vec<Seen> {
        let mut rest = Vec::new();
        while let Some(seen) = self.next().await {
            rest.push(seen);
        }
        rest
    }

    async fn frame(&mut self) -> Option<Seen> {
        let mut head = [0; 9];
        self.0.read_exact(&mut head).await.ok()?;
        let mut payload = vec![0; usize::from(head[1]) << 8 | usize::from(head[2])];
        self.0.read_exact(&mut payload).await.ok()?;
        let id = |bytes: &[u8]| u32::from_be_bytes(bytes.try_into().unwrap()) & MAX_STREAM;
        let stream = id(&head[5..]);
        Some(match (head[3], head[4] & 1) {
            (0 | 1, 1) => Seen::Answered(stream),
            (3, _) => Seen::Reset(stream),
            (4, 1) => Seen::Greeted,
            (6, 0) if payload == SHUTDOWN => Seen::ShutdownPing,
            (7, _) => Seen::GoAway(id(&payload[..4])),
            _ => Seen::Other,
        })
    }
}

pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut bytes = length[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// SETTINGS that let the server send so much of each response.
pub(crate) fn window(size: u32) -> Vec<u8> {
    let mut payload = vec![0, 4];
    payload.extend(size.to_be_bytes());
    frame(4, 0, 0, &payload)
}

/// Lets the server send so much more on the whole connection.
pub(crate) fn more_window(size: u32) -> Vec<u8> {
    frame(8, 0, 0, &size.to_be_bytes())
}

pub(crate) fn shutdown_ack() -> Vec<u8> {
    frame(6, 1, 0, &SHUTDOWN)
}

/// HEADERS of a `GET` of `http://test/`, most from the static table (RFC 7541).
pub(crate) fn request(stream: u32) -> Vec<u8> {
    request_of(stream, "/")
}

pub(crate) fn request_of(stream: u32, path: &str) -> Vec<u8> {
    let mut block = b"\x82\x86\x01\x04test\x04".to_vec();
    block.push(u8::try_from(path.len()).unwrap());
    block.extend(path.as_bytes());
    frame(1, 0x4 | 0x1, stream, &block)
}
