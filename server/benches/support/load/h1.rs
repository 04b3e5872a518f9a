//! HTTP/1.1: browsers that ask all the time, clients that ask now and then, and clients that
//! connect for each request.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use rustix::net::RecvFlags;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::{AFTER_REFUSAL, Dice, Post, TOO_LONG};
use crate::support::outcome::Failure;

/// How a client spends its connections.
#[derive(Debug, Clone, Copy)]
struct Habit {
    clients: u64,
    thinks_up_to: Duration,
    keeps_connections: bool,
}

const HABITS: [Habit; 3] = [
    Habit {
        clients: 48,
        thinks_up_to: Duration::from_millis(4),
        keeps_connections: true,
    },
    Habit {
        clients: 200,
        thinks_up_to: Duration::from_secs(1),
        keeps_connections: true,
    },
    Habit {
        clients: 8,
        thinks_up_to: Duration::from_millis(2),
        keeps_connections: false,
    },
];

pub(super) fn start(workers: &mut JoinSet<()>, runtime: &Handle, post: &Post) {
    let clients = HABITS
        .iter()
        .flat_map(|habit| (0..habit.clients).map(move |_| *habit));
    for (seed, habit) in (1..).zip(clients) {
        workers.spawn_on(work(post.clone(), habit, Dice::new(seed)), runtime);
    }
}

async fn work(mut post: Post, habit: Habit, mut dice: Dice) {
    let close = if habit.keeps_connections {
        ""
    } else {
        "Connection: close\r\n"
    };
    let request = request(post.target.path, close);
    let mut kept = None;
    post.think(dice.up_to(habit.thinks_up_to)).await;
    while !post.is_over() {
        let asked = timeout(TOO_LONG, ask(&post, kept.take(), request.as_bytes()));
        let outcome = asked.await.unwrap_or(Err(Failure::Timeout));
        post.ledger
            .record(outcome.as_ref().map(|_| ()).map_err(|failure| *failure));
        if outcome.is_err() {
            post.think(AFTER_REFUSAL).await;
        }
        kept = outcome.ok().flatten();
        post.think(dice.up_to(habit.thinks_up_to)).await;
    }
}

/// `fields` is empty or ends its lines.
pub(crate) fn request(path: &str, fields: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: bench\r\n{fields}\r\n")
}

/// One request, on the kept connection unless its end has arrived. Returns the connection if it may
/// be kept.
async fn ask(
    post: &Post,
    kept: Option<Connection>,
    request: &[u8],
) -> Result<Option<Connection>, Failure> {
    let mut connection = match kept.filter(Connection::is_open) {
        Some(connection) => connection,
        None => Connection::open(post.target.address).await?,
    };
    let keep = connection.exchange(request).await?;
    Ok(keep.then_some(connection))
}

/// A client's connection, which it may keep.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    used: bool,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Result<Self, Failure> {
        let stream = super::connect(address).await?;
        Ok(Self {
            stream,
            used: false,
        })
    }

    /// Whether neither FIN nor RST nor a stray byte has arrived. It asks the kernel: the runtime
    /// learns of an end with a delay, and what is lost within that delay would not be the server's
    /// doing.
    fn is_open(&self) -> bool {
        let mut byte = [0];
        let flags = RecvFlags::PEEK | RecvFlags::DONTWAIT;
        let seen = rustix::net::recv(&self.stream, &mut byte, flags);
        matches!(seen, Err(rustix::io::Errno::AGAIN))
    }

    /// Whether the connection can be used again.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> Result<bool, Failure> {
        let unanswered = if self.used {
            Failure::Reused
        } else {
            Failure::Fresh
        };
        self.used = true;
        let sent = self.stream.write_all(request).await;
        sent.map_err(|_| unanswered)?;
        let mut response = Vec::with_capacity(512);
        let (length, head) = loop {
            match self.read(&mut response).await {
                Ok(()) => {}
                Err(_) if response.is_empty() => return Err(unanswered),
                Err(_) => return Err(Failure::Truncated),
            }
            if let Some(head) = Head::find(&response)? {
                break head;
            }
        };
        while response.len() < length + head.body {
            let read = self.read(&mut response).await;
            read.map_err(|_| Failure::Truncated)?;
        }
        Ok(!head.says_close)
    }

    /// Some bytes more; the end of the stream is an error.
    async fn read(&mut self, into: &mut Vec<u8>) -> io::Result<()> {
        match self.stream.read_buf(into).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

/// What a client must know of a response's header.
#[derive(Debug)]
struct Head {
    body: usize,
    says_close: bool,
}

impl Head {
    /// The header and its length, if `response` holds all of it.
    fn find(response: &[u8]) -> Result<Option<(usize, Self)>, Failure> {
        let end = response.windows(4).position(|four| four == b"\r\n\r\n");
        let Some(end) = end else { return Ok(None) };
        let text = String::from_utf8_lossy(&response[..end]).to_ascii_lowercase();
        let head = Self::read(&text).ok_or(Failure::Status)?;
        Ok(Some((end + 4, head)))
    }

    /// `None` unless the status is 200 and the length is given: all servers here give it.
    fn read(text: &str) -> Option<Self> {
        let mut lines = text.split("\r\n");
        lines.next()?.strip_prefix("http/1.1 200")?;
        let fields: Vec<(&str, &str)> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name, value.trim()))
            .collect();
        let value = |wanted: &str| fields.iter().find(|(name, _)| *name == wanted);
        Some(Self {
            body: value("content-length")?.1.parse().ok()?,
            says_close: value("connection").is_some_and(|(_, value)| value.contains("close")),
        })
    }
}
