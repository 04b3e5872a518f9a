//! A client that sends the bytes it is given and reads to the end of the connection, so that every
//! answer on it is seen: the wanted ones and those to requests that should not have been found.

use std::fmt;
use std::net::SocketAddr;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::server::soon;

/// How a connection went.
pub(crate) struct Talk {
    pub(crate) answers: Vec<Answer>,
    /// What came behind the last answer and is none itself.
    pub(crate) rest: Vec<u8>,
    pub(crate) ending: Ending,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// FIN: everything that was sent can be read.
    Closed,
    /// RST: an answer may be lost.
    Reset,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The minor version of HTTP/1.
    pub(crate) minor: u8,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl fmt::Display for Talk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for answer in &self.answers {
            let said = answer.header("connection").unwrap_or("nothing");
            write!(f, "{} (Connection: {said}), ", answer.status)?;
        }
        if !self.rest.is_empty() {
            write!(f, "{:?}, ", String::from_utf8_lossy(&self.rest))?;
        }
        write!(f, "{:?}", self.ending)
    }
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(given, _)| given == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// Sends `input` on a connection of its own and reads until the server ends it.
pub(crate) async fn talk(address: SocketAddr, input: &[u8]) -> Talk {
    let connection = soon("a connection", TcpStream::connect(address)).await;
    talk_on(connection.unwrap(), input).await
}

/// The same on a connection that there is.
pub(crate) async fn talk_on(stream: impl AsyncRead + AsyncWrite, input: &[u8]) -> Talk {
    let (mut read, mut write) = tokio::io::split(stream);
    let mut bytes = Vec::new();
    let reading = soon("the end of the connection", read.read_to_end(&mut bytes));
    // A server that has refused need not take the rest of what it refused.
    let (read, _refused) = tokio::join!(reading, write.write_all(input));
    let (answers, rest) = answers(&bytes);
    Talk {
        answers,
        rest: rest.to_vec(),
        ending: match read {
            Ok(_) => Ending::Closed,
            Err(_) => Ending::Reset,
        },
    }
}

/// The answers in `bytes`, and what is behind them. Bodies are framed by Content-Length alone: that
/// is how the handlers that are asked here answer.
fn answers(mut bytes: &[u8]) -> (Vec<Answer>, &[u8]) {
    let mut answers = Vec::new();
    while let Some((answer, rest)) = answer(bytes) {
        answers.push(answer);
        bytes = rest;
    }
    (answers, bytes)
}

fn answer(bytes: &[u8]) -> Option<(Answer, &[u8])> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let mut lines = str::from_utf8(&bytes[..end]).ok()?.split("\r\n");
    let line = lines.next()?.strip_prefix("HTTP/1.")?;
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let mut answer = Answer {
        status: line.get(2..5)?.parse().ok()?,
        minor: line.get(..1)?.parse().ok()?,
        headers,
        body: Vec::new(),
    };
    let length = answer
        .header("content-length")
        .map_or(Some(0), |length| length.parse().ok())?;
    let (body, rest) = bytes[end + 4..].split_at_checked(length)?;
    answer.body = body.to_vec();
    Some((answer, rest))
}
