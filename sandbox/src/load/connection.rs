//! One connection and one exchange on it.

use std::net::SocketAddr;

use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::body::Body;
use super::classify::{Outcome, Stage};
use super::head::{self, Head};
use super::sample::Class;

/// What one read takes at most: more than the small answers, a few reads for a page.
const READ_SIZE: usize = 16 * 1024;

/// A connection to the target.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// How many exchanges it has carried.
    served: u32,
}

impl Connection {
    pub(super) async fn open(target: SocketAddr) -> Result<Self, Outcome> {
        let stream = TcpStream::connect(target)
            .await
            .map_err(|error| Outcome::connecting(&error))?;
        // Failing to set it only costs latency.
        let _ = stream.set_nodelay(true);
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(READ_SIZE),
            served: 0,
        })
    }

    /// Whether the peer has left the idle connection alone: neither closed it nor sent anything. Asks the kernel, as
    /// ordinary clients do before they reuse a connection.
    pub(super) fn is_alive(&self) -> bool {
        let mut byte = [std::mem::MaybeUninit::uninit()];
        match SockRef::from(&self.stream).peek(&mut byte) {
            Ok(_) => false,
            Err(error) => error.kind() == std::io::ErrorKind::WouldBlock,
        }
    }

    /// Sends the request and reads the answer to its end.
    pub(super) async fn exchange(&mut self, request: &[u8]) -> Result<Head, Outcome> {
        let reused = self.served > 0;
        self.served += 1;
        self.attempt(request).await.map_err(|mut failed| {
            failed.detail.push_str(if reused {
                ", on a kept-alive connection"
            } else {
                ", on a fresh connection"
            });
            failed
        })
    }

    async fn attempt(&mut self, request: &[u8]) -> Result<Head, Outcome> {
        self.stream
            .write_all(request)
            .await
            .map_err(|error| Outcome::exchanging(&error, Stage::Request))?;
        self.buffer.clear();
        let head = self.read_head().await?;
        self.read_body(&head).await?;
        Ok(head)
    }

    async fn read_head(&mut self) -> Result<Head, Outcome> {
        loop {
            let parsed = head::parse(&self.buffer);
            match parsed.map_err(|error| Outcome::new(Class::Malformed, error))? {
                Some(head) if head.status < 200 => {
                    self.buffer.drain(..head.size);
                    continue;
                }
                Some(head) => return Ok(head),
                None => {}
            }
            if self.read(Stage::Head).await? == 0 {
                let detail = format!("closed {}", Stage::Head.words());
                return Err(Outcome::new(Class::Eof, detail));
            }
        }
    }

    async fn read_body(&mut self, head: &Head) -> Result<(), Outcome> {
        let mut body = Body::new(head.framing);
        self.buffer.drain(..head.size);
        loop {
            body.take(&self.buffer)
                .map_err(|error| Outcome::new(Class::Malformed, error))?;
            self.buffer.clear();
            if body == Body::Done {
                return Ok(());
            }
            if self.read(Stage::Body).await? == 0 {
                return ended(body, head);
            }
        }
    }

    async fn read(&mut self, stage: Stage) -> Result<usize, Outcome> {
        self.buffer.reserve(READ_SIZE);
        self.stream
            .read_buf(&mut self.buffer)
            .await
            .map_err(|error| Outcome::exchanging(&error, stage))
    }
}

fn ended(body: Body, head: &Head) -> Result<(), Outcome> {
    if body.may_end() {
        return Ok(());
    }
    let detail = format!("{} response closed {}", head.status, Stage::Body.words());
    Err(Outcome::new(Class::Truncated, detail))
}
