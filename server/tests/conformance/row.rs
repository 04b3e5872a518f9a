//! One row of a table of inputs: the bytes, what the RFC wants done with them, and the check.

use std::borrow::Cow;
use std::fmt::Write;

use crate::raw::{Answer, Ending, Talk, talk};
use crate::server::Server;

/// Sent behind the input of most rows. It is answered if, and only if, the server thinks that the
/// input ended where it did and keeps the connection; asking to close, it ends the story either way.
const NEXT: &str = "GET /version HTTP/1.1\r\nHost: next\r\nConnection: close\r\n\r\n";

pub(crate) struct Row {
    name: Cow<'static, str>,
    section: &'static str,
    input: Vec<u8>,
    want: Want,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Want {
    /// One answer, of one of these statuses; then the connection ends and nothing that followed is
    /// answered.
    Refused(&'static [u16]),
    /// These answers in this order and the end of the connection: what followed is not answered.
    Last(&'static [u16]),
    /// These answers in this order, then the next request's.
    Kept(&'static [u16]),
    /// These answers in this order and the end of the connection. Nothing follows the input: the
    /// client waits for an answer first.
    Alone(&'static [u16]),
    /// Not as the section wants it, and known: these answers, then the connection is cut.
    Cut(&'static [u16]),
    /// The end of the connection, at most one answer with status 400 before it. Nothing follows
    /// the input.
    Ended,
}

/// A row: the statuses that would do, the section that says so, and the bytes.
pub(crate) fn row(
    name: impl Into<Cow<'static, str>>,
    section: &'static str,
    want: Want,
    input: impl AsRef<[u8]>,
) -> Row {
    Row {
        name: name.into(),
        section,
        input: input.as_ref().to_vec(),
        want,
    }
}

/// A request without a body, with these header lines besides a Host.
pub(crate) fn get(lines: impl AsRef<[u8]>) -> Vec<u8> {
    let lines = lines.as_ref();
    [
        b"GET /version HTTP/1.1\r\nHost: test\r\n",
        lines,
        b"\r\n\r\n",
    ]
    .concat()
}

/// A request with these header lines and this body, for a handler that reads it to its end.
pub(crate) fn post(lines: impl AsRef<[u8]>, body: impl AsRef<[u8]>) -> Vec<u8> {
    let (lines, body) = (lines.as_ref(), body.as_ref());
    let line = b"POST /api/v1/slow HTTP/1.1\r\nHost: test\r\n";
    [line, lines, b"\r\n\r\n", body].concat()
}

/// Sends every row to one server, each on a connection of its own; panics with all that differ.
pub(crate) async fn check(rows: Vec<Row>) {
    // Short deadlines: a row that makes the server wait for more is a row that fails.
    let server = Server::start(&["--header-deadline=2s", "--body-stall=2s"]).await;
    let mut faults = String::new();
    for row in rows {
        let mut input = row.input;
        if !matches!(row.want, Want::Ended | Want::Alone(_)) {
            input.extend_from_slice(NEXT.as_bytes());
        }
        let talk = talk(server.address, &input).await;
        if !row.want.is_met(&talk) {
            let (name, section, want) = (row.name, row.section, row.want);
            writeln!(faults, "{name} ({section}): wanted {want:?}, got {talk}").unwrap();
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}

impl Want {
    fn is_met(self, talk: &Talk) -> bool {
        if talk.ending == Ending::Reset {
            return false;
        }
        let statuses: Vec<_> = talk.answers.iter().map(|answer| answer.status).collect();
        match self {
            Self::Refused(any_of) => {
                matches!(statuses[..], [status] if any_of.contains(&status)) && says_close(talk)
            }
            Self::Cut(these) => statuses == these,
            Self::Last(these) | Self::Alone(these) => statuses == these && says_close(talk),
            Self::Kept(these) => statuses == [these, &[200]].concat() && talk.rest.is_empty(),
            Self::Ended => matches!(statuses[..], [] | [400]),
        }
    }
}

/// RFC 9112, 9.6: a server that closes behind an answer says so in it, in HTTP/1.0 by silence too.
fn says_close(talk: &Talk) -> bool {
    let said = |last: &Answer| match last.header("connection") {
        None => last.minor == 0,
        given => given == Some("close"),
    };
    talk.rest.is_empty() && talk.answers.last().is_some_and(said)
}
