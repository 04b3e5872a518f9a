//! Request lines: methods, targets, versions, line ends, and what is not HTTP/1.1 at all.

use crate::row::Want::{Ended, Kept, Refused};
use crate::row::{Row, check, row};

#[tokio::test]
async fn malformed_request_lines_are_refused() {
    check(malformed()).await;
}

#[tokio::test]
async fn the_forms_of_a_target_are_understood() {
    check(targets()).await;
}

#[tokio::test]
async fn other_methods_are_answered_as_such() {
    check(methods()).await;
}

#[tokio::test]
async fn other_protocols_end_the_connection() {
    check(protocols()).await;
}

fn line(line: impl AsRef<[u8]>) -> Vec<u8> {
    [line.as_ref(), b"\r\nHost: test\r\n\r\n"].concat()
}

fn malformed() -> Vec<Row> {
    let section = "RFC 9112, 3; RFC 9110, 9.1";
    let refused: &[(&str, &[u8], &'static [u16])] = &[
        ("a space in the target", b"GET /ver sion HTTP/1.1", &[400]),
        ("a tab for a space", b"GET\t/version HTTP/1.1", &[400]),
        ("a tab in the target", b"GET /ver\tsion HTTP/1.1", &[400]),
        (
            "a control in the target",
            b"GET /ver\x01sion HTTP/1.1",
            &[400],
        ),
        ("a NUL in the target", b"GET /ver\0sion HTTP/1.1", &[400]),
        ("no target", b"GET HTTP/1.1", &[400]),
        ("a target that is no path", b"GET version HTTP/1.1", &[400]),
        (
            "two spaces before the target",
            b"GET  /version HTTP/1.1",
            &[400],
        ),
        (
            "two spaces before the version",
            b"GET /version  HTTP/1.1",
            &[400],
        ),
        (
            "a space before the method",
            b"\r\n GET /version HTTP/1.1",
            &[400],
        ),
        ("a comma in the method", b"GE,T /version HTTP/1.1", &[400]),
        (
            "bytes above 127 in the method",
            b"G\xcbT /version HTTP/1.1",
            &[400],
        ),
        (
            "a control in the method",
            b"G\x01T /version HTTP/1.1",
            &[400],
        ),
        ("no method", b" /version HTTP/1.1", &[400]),
        (
            "a blank behind the version",
            b"GET /version HTTP/1.1 ",
            &[400],
        ),
        ("HTTP/0.9", b"GET /version", &[400]),
        (
            "HTTP/2.0 in an HTTP/1 line",
            b"GET /version HTTP/2.0",
            &[400, 505],
        ),
        ("HTTP/3", b"GET /version HTTP/3", &[400, 505]),
        ("a version in lower case", b"GET /version http/1.1", &[400]),
        ("another protocol", b"GET /version ICAP/1.0", &[400, 505]),
        ("a version without a dot", b"GET /version HTTP/11", &[400]),
        ("a version of two digits", b"GET /version HTTP/1.10", &[400]),
        ("a comma for a dot", b"GET /version HTTP/1,1", &[400]),
        // SHOULD be taken as HTTP/1.1 (RFC 9110, 2.5); httparse knows no other minor version, and
        // there is none that a client could speak.
        ("HTTP/1.2", b"GET /version HTTP/1.2", &[400]),
    ];
    refused
        .iter()
        .map(|(name, given, any_of)| row(*name, section, Refused(any_of), line(given)))
        .chain([row(
            "a bare CR in the line",
            section,
            Refused(&[400]),
            line(b"GET /version\rHTTP/1.1"),
        )])
        .collect()
}

fn targets() -> Vec<Row> {
    let section = "RFC 9112, 3.2 and 2.2";
    vec![
        row(
            "an absolute target",
            section,
            Kept(&[200]),
            line("GET http://test/version HTTP/1.1"),
        ),
        // The target's authority is the one that counts (3.2.2).
        row(
            "another host in the target",
            section,
            Kept(&[200]),
            line("GET http://other/version HTTP/1.1"),
        ),
        row(
            "a query",
            section,
            Kept(&[200]),
            line("GET /version?a=b HTTP/1.1"),
        ),
        row(
            "a dot segment is no other path",
            section,
            Kept(&[404]),
            line("GET /a/../version HTTP/1.1"),
        ),
        row(
            "two slashes",
            section,
            Kept(&[404]),
            line("GET //version HTTP/1.1"),
        ),
        row(
            "an escaped slash",
            section,
            Kept(&[404]),
            line("GET /%2e%2e%2fversion HTTP/1.1"),
        ),
        row(
            "the asterisk of OPTIONS",
            section,
            Kept(&[404]),
            line("OPTIONS * HTTP/1.1"),
        ),
        row(
            "the asterisk of another method",
            section,
            Refused(&[400]),
            line("GET * HTTP/1.1"),
        ),
        row(
            "a user in the target",
            section,
            Refused(&[400]),
            line("GET http://user@test/version HTTP/1.1"),
        ),
        row(
            "an empty line before",
            section,
            Kept(&[200]),
            line("\r\nGET /version HTTP/1.1"),
        ),
        // MAY be taken for a line's end (2.2), and httparse does. See the report of bare LF in the
        // tables of `exchanges`.
        row(
            "bare LF for every line's end",
            section,
            Kept(&[200]),
            "GET /version HTTP/1.1\nHost: test\n\n",
        ),
    ]
}

fn methods() -> Vec<Row> {
    let section = "RFC 9110, 9.1, 9.3.6 and 9.3.8";
    vec![
        row(
            "lower case",
            section,
            Kept(&[405]),
            line("get /version HTTP/1.1"),
        ),
        row(
            "unknown",
            section,
            Kept(&[405]),
            line("BREW /version HTTP/1.1"),
        ),
        row(
            "TRACE",
            section,
            Kept(&[405]),
            line("TRACE /version HTTP/1.1"),
        ),
        row(
            "DELETE",
            section,
            Kept(&[405]),
            line("DELETE /version HTTP/1.1"),
        ),
        row(
            "CONNECT",
            section,
            Kept(&[404]),
            line("CONNECT test:443 HTTP/1.1"),
        ),
        row(
            "CONNECT to a path",
            section,
            Refused(&[400]),
            line("CONNECT /version HTTP/1.1"),
        ),
    ]
}

fn protocols() -> Vec<Row> {
    let section = "RFC 9112, 3; RFC 9113, 3.4";
    let client_hello = [
        &[
            0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03,
        ][..],
        &[7; 200],
    ];
    vec![
        row(
            "TLS on a port without it",
            section,
            Ended,
            client_hello.concat(),
        ),
        row(
            "a preface that goes wrong",
            section,
            Ended,
            "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n",
        ),
        row("half a preface", section, Ended, "PRI * HTTP/2.0\r\n\r\nSM"),
        row(
            "a preface with a host",
            section,
            Ended,
            "PRI * HTTP/2.0\r\nHost: test\r\n\r\nSM\r\n\r\n",
        ),
        row(
            "a preface and HTTP/1.1",
            section,
            Ended,
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nGET /version HTTP/1.1\r\nHost: a\r\n\r\n",
        ),
        row("zeros", section, Ended, [0; 64]),
        row("SSH", section, Ended, "SSH-2.0-OpenSSH_9.2\r\n"),
        row(
            "a PROXY header that is not expected",
            section,
            Ended,
            "PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\nGET /version HTTP/1.1\r\nHost: a\r\n\r\n",
        ),
        row(
            "a PROXY v2 header that is not expected",
            section,
            Ended,
            b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0GET /version HTTP/1.1\r\nHost: a\r\n\r\n",
        ),
    ]
}
