//! More than one message: pipelining, bodies where none is expected, Expect, Upgrade, Connection.

use crate::row::Want::{Alone, Cut, Kept, Last, Refused};
use crate::row::{Row, check, get, post, row};

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    check(pipelines()).await;
}

#[tokio::test]
async fn expectations_are_met_or_refused() {
    check(expectations()).await;
}

#[tokio::test]
async fn a_connection_is_kept_or_closed_as_was_asked() {
    check(connections()).await;
}

fn pipelines() -> Vec<Row> {
    let section = "RFC 9112, 9.3.2; RFC 9110, 9.3.1";
    let known = get("X-A: 1");
    let unknown = b"GET /nowhere HTTP/1.1\r\nHost: test\r\n\r\n";
    let slow = b"GET /api/v1/slow?ms=50 HTTP/1.1\r\nHost: test\r\n\r\n";
    let refused = b"GET /version HTTP/1.1\r\n\r\n";
    let sized = post("Content-Length: 3", "abc");
    let chunked = post("Transfer-Encoding: chunked", "3\r\nabc\r\n0\r\n\r\n");
    vec![
        row(
            "a slow one first",
            section,
            Kept(&[200, 404, 200]),
            [&slow[..], unknown, &known].concat(),
        ),
        row(
            "behind a sized body",
            section,
            Kept(&[200, 404]),
            [&sized[..], unknown].concat(),
        ),
        row(
            "behind a chunked body",
            section,
            Kept(&[200, 404]),
            [&chunked[..], unknown].concat(),
        ),
        row(
            "behind a body and a CRLF too many",
            section,
            Kept(&[200, 404]),
            [&sized[..], b"\r\n", unknown].concat(),
        ),
        row("a hundred", section, Kept(&[404; 100]), unknown.repeat(100)),
        // A body in a GET has no meaning, and ends where it says.
        row(
            "GET with a body",
            section,
            Kept(&[200, 404]),
            [&get("Content-Length: 3")[..], b"abc", unknown].concat(),
        ),
        row(
            "GET with a chunked body that nobody reads",
            section,
            Last(&[200]),
            [
                &get("Transfer-Encoding: chunked")[..],
                b"0\r\n\r\n",
                unknown,
            ]
            .concat(),
        ),
        row(
            "a body that nobody reads",
            section,
            Kept(&[405, 404]),
            [
                b"POST /version HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\n\r\nabc",
                &unknown[..],
            ]
            .concat(),
        ),
        row(
            "a large body that nobody reads",
            section,
            Last(&[405]),
            [&b"POST /version HTTP/1.1\r\nHost: test\r\nContent-Length: 4194304\r\n\r\n"[..], &[b'a'; 4 << 20]].concat(),
        ),
        row(
            "a malformed body that nobody reads",
            section,
            Cut(&[405]),
            [&b"POST /version HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"[..], unknown].concat(),
        ),
        row(
            "behind a refusal",
            section,
            Refused(&[400]),
            [&refused[..], unknown].concat(),
        ),
        row(
            "a refusal behind an answer",
            section,
            Last(&[404, 400]),
            [&unknown[..], refused].concat(),
        ),
        row(
            "garbage behind an answer",
            section,
            Last(&[404, 400]),
            [&unknown[..], b"\x01\x02\r\n\r\n"].concat(),
        ),
    ]
}

fn expectations() -> Vec<Row> {
    let section = "RFC 9110, 10.1.1";
    let line = "POST /version HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\n";
    vec![
        row(
            "100-continue",
            section,
            Kept(&[100, 200]),
            post("Expect: 100-continue\r\nContent-Length: 3", "abc"),
        ),
        row(
            "any case",
            section,
            Kept(&[100, 200]),
            post("expect: 100-Continue\r\nContent-Length: 3", "abc"),
        ),
        row(
            "chunked",
            section,
            Kept(&[100, 200]),
            post(
                "Expect: 100-continue\r\nTransfer-Encoding: chunked",
                "3\r\nabc\r\n0\r\n\r\n",
            ),
        ),
        // The client may send its body or not: what it sends is not to be read as a request.
        row(
            "a final answer to one that waits",
            section,
            Alone(&[405]),
            format!("{line}Expect: 100-continue\r\n\r\n"),
        ),
        row(
            "a final answer to one that does not wait",
            section,
            Kept(&[405]),
            format!("{line}Expect: 100-continue\r\n\r\nabc"),
        ),
        row(
            "without a body",
            section,
            Kept(&[200]),
            get("Expect: 100-continue"),
        ),
        row(
            "another",
            section,
            Refused(&[417]),
            post("Expect: 200-ok\r\nContent-Length: 3", "abc"),
        ),
        row(
            "another in a list",
            section,
            Refused(&[417]),
            post("Expect: 100-continue, b=c\r\nContent-Length: 3", "abc"),
        ),
        row(
            "another in a second line",
            section,
            Refused(&[417]),
            post(
                "Expect: 100-continue\r\nExpect: b\r\nContent-Length: 3",
                "abc",
            ),
        ),
        row(
            "another without a body",
            section,
            Refused(&[417]),
            get("Expect: b"),
        ),
        // HTTP/1.0 knows no 100.
        row(
            "in HTTP/1.0",
            section,
            Last(&[200]),
            "POST /api/v1/slow HTTP/1.0\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabc",
        ),
    ]
}

fn connections() -> Vec<Row> {
    let section = "RFC 9112, 9.3 and 9.6; RFC 9110, 7.8";
    vec![
        row("close", section, Last(&[200]), get("Connection: close")),
        row(
            "close in a list",
            section,
            Last(&[200]),
            get("Connection: x, Close"),
        ),
        row(
            "close and keep-alive",
            section,
            Last(&[200]),
            get("Connection: close, keep-alive"),
        ),
        row(
            "close in the first of two lines",
            section,
            Last(&[200]),
            get("Connection: close\r\nConnection: keep-alive"),
        ),
        row(
            "HTTP/1.0",
            section,
            Last(&[200]),
            "GET /version HTTP/1.0\r\n\r\n",
        ),
        row(
            "HTTP/1.0 kept alive",
            section,
            Kept(&[200]),
            "GET /version HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        ),
        // Nothing but close: this client takes "close, keep-alive" for the latter.
        row(
            "HTTP/1.0 kept alive, then refused",
            section,
            Refused(&[417, 400]),
            "GET /version HTTP/1.0\r\nHost: a b\r\nConnection: keep-alive\r\n\r\n",
        ),
        // An offer that the server does not take is ignored.
        row(
            "an upgrade to h2c",
            section,
            Kept(&[200]),
            get(
                "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__",
            ),
        ),
        row(
            "an upgrade to the unknown",
            section,
            Kept(&[200]),
            get("Connection: Upgrade\r\nUpgrade: foo/2"),
        ),
        row(
            "a header line named as hop-by-hop",
            section,
            Kept(&[200]),
            get("Connection: Host, Content-Length"),
        ),
    ]
}
