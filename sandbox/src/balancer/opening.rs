//! The first bytes of a client's connection: which HTTP it is going to speak, if any.

use bytes::{Bytes, BytesMut};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use super::counters::Cause;
use crate::routing::Attributes;

/// How an HTTP/2 connection begins when the client knows beforehand that it may (RFC 9113, 3.3). An ALB speaks HTTP/2 on
/// TLS listeners only, where the handshake agrees on it; here is no TLS.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A first line longer than this is left to whoever refuses it.
const LINE: usize = 16 * 1024;

/// How a client has begun. The bytes are those that have been read.
#[derive(Debug)]
pub(super) enum Opening {
    Http1(Bytes),
    Http2(Bytes),
    Refused(Cause),
    /// Closed, or silent for the idle timeout.
    Nothing,
}

/// What the bytes so far tell.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Http1,
    Http2,
    BadVersion,
    Undecided,
}

/// Reads until it is clear. A client is too slow when it sends nothing for the idle timeout, however long the whole takes.
pub(super) async fn read(stream: &mut TcpStream, attributes: &Attributes) -> Opening {
    let mut bytes = BytesMut::new();
    loop {
        match judge(&bytes, attributes.http2) {
            Verdict::Http1 => return Opening::Http1(bytes.freeze()),
            Verdict::Http2 => return Opening::Http2(bytes.freeze()),
            Verdict::BadVersion => return Opening::Refused(Cause::BadVersion),
            Verdict::Undecided => {}
        }
        match tokio::time::timeout(attributes.idle_timeout, stream.read_buf(&mut bytes)).await {
            Ok(Ok(1..)) => {}
            Err(_elapsed) if !bytes.is_empty() => return Opening::Refused(Cause::ClientStalled),
            _ => return Opening::Nothing,
        }
    }
}

fn judge(bytes: &[u8], http2: bool) -> Verdict {
    if http2 && bytes.starts_with(PREFACE) {
        return Verdict::Http2;
    }
    if http2 && PREFACE.starts_with(bytes) {
        return Verdict::Undecided;
    }
    // Empty lines before a request are tolerated (RFC 9112, 2.2).
    let start = bytes.iter().position(|b| !matches!(b, b'\r' | b'\n'));
    let line = &bytes[start.unwrap_or(bytes.len())..];
    if line.first().is_some_and(|first| !begins_method(*first)) {
        // Nothing that could follow makes a request of it (a TLS handshake, for one): refused at once.
        return Verdict::Http1;
    }
    match line.iter().position(|byte| *byte == b'\n') {
        Some(end) if is_foreign(&line[..end]) => Verdict::BadVersion,
        None if line.len() <= LINE => Verdict::Undecided,
        _ => Verdict::Http1,
    }
}

/// The bytes of a token (RFC 9110, 5.6.2).
fn begins_method(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Whether a request line ends in a version of HTTP other than 1.0 and 1.1. What is no version at all is malformed.
fn is_foreign(line: &[u8]) -> bool {
    let line = line.trim_ascii_end();
    let version = line.rsplit(|byte| *byte == b' ').next().unwrap_or_default();
    match version.strip_prefix(b"HTTP/") {
        Some([b'1', b'.', b'0' | b'1']) | None => false,
        Some(number) => number.iter().all(|b| b.is_ascii_digit() || *b == b'.'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_tells() {
        for (bytes, expected) in [
            (&b""[..], Verdict::Undecided),
            (b"P", Verdict::Undecided),
            (b"PRI * HTTP/2.0\r\n\r\n", Verdict::Undecided),
            (PREFACE, Verdict::Http2),
            (b"POST / HT", Verdict::Undecided),
            (b"POST / HTTP/1.1\r\n", Verdict::Http1),
            (b"\r\n\r\nGET / HTTP/1.0\n", Verdict::Http1),
            (b"GET / HTTP/3.0\r\n", Verdict::BadVersion),
            (b"GET / HTTP/2\r\n", Verdict::BadVersion),
            (b"GET / HTTP/x\r\n", Verdict::Http1),
            (b"nonsense\r\n", Verdict::Http1),
            (b"\x16\x03\x01", Verdict::Http1),
        ] {
            assert_eq!(judge(bytes, true), expected, "{bytes:?}");
        }
        assert_eq!(judge(PREFACE, false), Verdict::BadVersion);
        assert_eq!(judge(&vec![b'a'; LINE + 1], true), Verdict::Http1);
    }
}
