//! Where a request's body ends: the two header fields that say so, and what happens when they
//! disagree. This is what request smuggling is made of.

use crate::row::Want::{Kept, Last, Refused};
use crate::row::{Row, check, get, post, row};

/// A request hidden in what one of two readers takes for a body.
const HIDDEN: &str = "GET /nowhere HTTP/1.1\r\nHost: hidden\r\n\r\n";

#[tokio::test]
async fn two_framings_are_never_read_as_two_requests() {
    check(both_framings()).await;
}

#[tokio::test]
async fn a_content_length_is_digits_and_one_number() {
    check(content_lengths()).await;
}

#[tokio::test]
async fn the_one_transfer_coding_is_chunked_once() {
    check(transfer_codings()).await;
}

/// A server may also go by Transfer-Encoding, if it closes behind the answer.
fn both_framings() -> Vec<Row> {
    let terminated = format!("0\r\n\r\n{HIDDEN}");
    let whole = terminated.len().to_string();
    let lines = [
        (
            "CL then TE",
            ["Content-Length: 4", "Transfer-Encoding: chunked"],
        ),
        (
            "TE then CL",
            ["Transfer-Encoding: chunked", "Content-Length: 4"],
        ),
        (
            "any case",
            ["content-length:4", "TRANSFER-ENCODING:chunked"],
        ),
        (
            "over the hidden request",
            [
                &format!("Content-Length: {whole}"),
                "Transfer-Encoding: chunked",
            ],
        ),
    ];
    let refused = |(name, lines): (&'static str, [&str; 2])| {
        let bytes = post(lines.join("\r\nX-A: b\r\n"), &terminated);
        row(name, "RFC 9112, 6.1 and 6.3", Refused(&[400]), bytes)
    };
    let mut rows: Vec<_> = lines.map(refused).into();
    let old = format!(
        "POST /api/v1/slow HTTP/1.0\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n{terminated}"
    );
    let behind = [get("X-A: b"), post(lines[0].1.join("\r\n"), &terminated)].concat();
    rows.extend([
        row("in HTTP/1.0", "RFC 9112, 6.1", Refused(&[400]), old),
        row(
            "behind another request",
            "RFC 9112, 6.1",
            Last(&[200, 400]),
            behind,
        ),
    ]);
    rows
}

fn content_lengths() -> Vec<Row> {
    let section = "RFC 9112, 6.3; RFC 9110, 8.6";
    let refused = [
        ("two that differ", "Content-Length: 0\r\nContent-Length: 38"),
        ("a list that differs", "Content-Length: 0, 38"),
        ("a plus sign", "Content-Length: +38"),
        ("a minus sign", "Content-Length: -1"),
        ("a space inside", "Content-Length: 3 8"),
        ("hexadecimal", "Content-Length: 0x26"),
        ("a fraction", "Content-Length: 38.0"),
        ("nothing", "Content-Length:"),
        ("more than 64 bits", "Content-Length: 18446744073709551616"),
        // hyper keeps the last two values for itself and answers 431.
        ("all of 64 bits", "Content-Length: 18446744073709551615"),
        ("other digits", "Content-Length: \u{0663}\u{0668}"),
        ("a word", "Content-Length: chunked"),
    ];
    let refused = refused.map(|(name, lines)| {
        row(
            name,
            section,
            Refused(&[400, 413, 431]),
            post(lines, HIDDEN),
        )
    });
    let mut rows = Vec::from(refused);
    rows.extend([
        // The recipient may refuse these or take the one value (6.3): hyper takes equal lines and
        // refuses a list.
        row(
            "two equal",
            section,
            Kept(&[200]),
            post("Content-Length: 4\r\nContent-Length: 4", "abcd"),
        ),
        row(
            "an equal list",
            section,
            Refused(&[400]),
            post("Content-Length: 4, 4", "abcd"),
        ),
        row(
            "leading zeros",
            section,
            Kept(&[200]),
            post("Content-Length: 0004", "abcd"),
        ),
        row(
            "blanks around",
            section,
            Kept(&[200]),
            post("Content-Length: \t 4 \t", "abcd"),
        ),
        row(
            "any case",
            section,
            Kept(&[200]),
            post("cOnTeNt-LeNgTh: 4", "abcd"),
        ),
    ]);
    rows
}

/// Header lines that give no coding that there is, and what they are answered with.
const NO_CODINGS: &[(&str, &[u8], &[u16])] = &[
    (
        "chunked in two lines",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        &[400],
    ),
    (
        "chunked in a list twice",
        b"Transfer-Encoding: chunked, chunked",
        &[400],
    ),
    ("a trailing comma", b"Transfer-Encoding: chunked,", &[400]),
    ("a leading comma", b"Transfer-Encoding: ,chunked", &[400]),
    ("a vertical tab", b"Transfer-Encoding: \x0bchunked", &[400]),
    (
        "a form feed behind",
        b"Transfer-Encoding: chunked\x0c",
        &[400],
    ),
    (
        "a no-break space",
        b"Transfer-Encoding: \xa0chunked",
        &[400, 501],
    ),
    ("a NUL", b"Transfer-Encoding: chunked\0", &[400]),
    ("in quotes", b"Transfer-Encoding: \"chunked\"", &[400, 501]),
    (
        "with a parameter",
        b"Transfer-Encoding: chunked;q=1",
        &[400, 501],
    ),
    ("xchunked", b"Transfer-Encoding: xchunked", &[400, 501]),
    ("chunkedx", b"Transfer-Encoding: chunkedx", &[400, 501]),
    ("identity", b"Transfer-Encoding: identity", &[400, 501]),
    ("nothing", b"Transfer-Encoding:", &[400]),
    ("gzip alone", b"Transfer-Encoding: gzip", &[400, 501]),
    (
        "gzip below chunked",
        b"Transfer-Encoding: gzip, chunked",
        &[501],
    ),
    (
        "gzip and chunked in two lines",
        b"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked",
        &[501],
    ),
    (
        "chunked below gzip",
        b"Transfer-Encoding: chunked, gzip",
        &[400],
    ),
    (
        "chunked, then identity",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        &[400],
    ),
    (
        "a space before the colon",
        b"Transfer-Encoding : chunked",
        &[400],
    ),
    ("folded", b"Transfer-Encoding:\r\n chunked", &[400]),
];

fn transfer_codings() -> Vec<Row> {
    let section = "RFC 9112, 6.1";
    let body = format!("0\r\n\r\n{HIDDEN}");
    let mut rows: Vec<_> = NO_CODINGS
        .iter()
        .map(|(name, lines, any_of)| row(*name, section, Refused(any_of), post(lines, &body)))
        .collect();
    let chunks = "3\r\nabc\r\n0\r\n\r\n";
    rows.extend([
        row(
            "an underscore is no hyphen",
            section,
            Kept(&[200]),
            post("Transfer_Encoding: chunked\r\nContent-Length: 3", "abc"),
        ),
        row(
            "chunked",
            section,
            Kept(&[200]),
            post("Transfer-Encoding: chunked", chunks),
        ),
        row(
            "any case",
            section,
            Kept(&[200]),
            post("transfer-encoding: ChUnKeD", chunks),
        ),
        row(
            "blanks around",
            section,
            Kept(&[200]),
            post("Transfer-Encoding:\t chunked \t", chunks),
        ),
        row(
            "in HTTP/1.0",
            section,
            Refused(&[400]),
            format!("POST /api/v1/slow HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n{body}"),
        ),
    ]);
    rows
}
