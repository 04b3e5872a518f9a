//! Header fields: their syntax, and Host.

use crate::row::Want::{Kept, Refused};
use crate::row::{Row, check, get, row};

#[tokio::test]
async fn malformed_header_lines_are_refused() {
    check(header_lines()).await;
}

#[tokio::test]
async fn there_is_one_host_and_it_is_valid() {
    check(hosts()).await;
}

fn header_lines() -> Vec<Row> {
    let section = "RFC 9112, 2.2 and 5; RFC 9110, 5.5";
    let refused: &[(&str, &[u8])] = &[
        ("a space before the colon", b"X-A : 1"),
        ("a tab before the colon", b"X-A\t: 1"),
        ("no colon", b"X-A"),
        ("no name", b": 1"),
        ("a space in the name", b"X A: 1"),
        ("a line folded by a space", b"X-A: 1\r\n 2"),
        ("a line folded by a tab", b"X-A: 1\r\n\t2"),
        ("a control in the name", b"X-\x01A: 1"),
        ("bytes above 127 in the name", b"X-\xc3\xa4: 1"),
        ("a NUL in the value", b"X-A: 1\x002"),
        ("a bare CR in the value", b"X-A: 1\r2"),
        (
            "a bare CR and a header line",
            b"X-A: 1\rTransfer-Encoding: chunked",
        ),
        ("two CRs at the end", b"X-A: 1\r"),
        ("a control in the value", b"X-A: 1\x012"),
        ("DEL in the value", b"X-A: 1\x7f2"),
        ("parentheses in the name", b"X(A): 1"),
    ];
    let mut rows: Vec<_> = refused
        .iter()
        .map(|(name, line)| row(*name, section, Refused(&[400]), get(line)))
        .collect();
    rows.extend([
        row(
            "a first line folded",
            section,
            Refused(&[400]),
            "GET /version HTTP/1.1\r\n Host: test\r\n\r\n",
        ),
        row(
            "obs-text in the value",
            section,
            Kept(&[200]),
            get(b"X-A: \xc3\xa4"),
        ),
        row("an empty value", section, Kept(&[200]), get("X-A:")),
        row(
            "every sign of a token",
            section,
            Kept(&[200]),
            get("!#$%&'*+-.^_`|~0aZ: 1"),
        ),
    ]);
    rows
}

fn hosts() -> Vec<Row> {
    let section = "RFC 9112, 3.2; RFC 9110, 7.2";
    let asked = |lines: &str| format!("GET /version HTTP/1.1\r\n{lines}\r\n");
    let refused = [
        ("no Host", ""),
        ("two that differ", "Host: a\r\nHost: b\r\n"),
        ("two equal", "Host: a\r\nHost: a\r\n"),
        ("a list", "Host: a, b\r\n"),
        ("a space inside", "Host: a b\r\n"),
        ("a path", "Host: a/b\r\n"),
        ("a user", "Host: user@a\r\n"),
        ("a scheme", "Host: http://a\r\n"),
        ("a query", "Host: a?b\r\n"),
        ("a fragment", "Host: a#b\r\n"),
        ("a port that is none", "Host: a:http\r\n"),
        ("a port with a sign", "Host: a:+80\r\n"),
        ("two ports", "Host: a:80:80\r\n"),
        ("an open bracket", "Host: [::1\r\n"),
        ("no address in brackets", "Host: [name]\r\n"),
        ("a backslash", "Host: a\\b\r\n"),
        ("half an escape", "Host: a%2\r\n"),
        ("letters beyond ASCII", "Host: b\u{fc}cher\r\n"),
    ];
    let refused = refused.map(|(name, lines)| row(name, section, Refused(&[400]), asked(lines)));
    let kept = [
        ("a name", "Host: a\r\n"),
        ("a name and a port", "Host: a.example:8080\r\n"),
        ("no digits in the port", "Host: a:\r\n"),
        ("an IPv4 address", "Host: 127.0.0.1:80\r\n"),
        ("an IPv6 address", "Host: [::1]:80\r\n"),
        ("an underscore", "Host: a_b\r\n"),
        ("an escape", "Host: a%20b\r\n"),
        // For a target URI without an authority (RFC 9110, 7.2).
        ("nothing", "Host:\r\n"),
    ];
    let kept = kept.map(|(name, lines)| row(name, section, Kept(&[200]), asked(lines)));
    let mut rows: Vec<_> = refused.into_iter().chain(kept).collect();
    let old = "GET /version HTTP/1.0\r\nConnection: keep-alive\r\n";
    rows.extend([
        row(
            "HTTP/1.0 without",
            section,
            Kept(&[200]),
            format!("{old}\r\n"),
        ),
        row(
            "HTTP/1.0 with two",
            section,
            Refused(&[400]),
            format!("{old}Host: a\r\nHost: b\r\n\r\n"),
        ),
        row(
            "an absolute target without",
            section,
            Refused(&[400]),
            "GET http://a/version HTTP/1.1\r\n\r\n",
        ),
    ]);
    rows
}
