//! Where a request's body ends: the two header fields that say so, and what happens when they
//! disagree. This is what request smuggling is made of.

use crate::row::Want::{Kept, Last, Refused};
use crate::row::{Row, check, post, row};

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

/// A server may refuse these or go by Transfer-Encoding; it must close behind them (6.1). hyper goes
/// by Transfer-Encoding and drops Content-Length before anyone sees it.
fn both_framings() -> Vec<Row> {
    let section = "RFC 9112, 6.1 and 6.3";
    let terminated = format!("0\r\n\r\n{HIDDEN}");
    let length_first = "Content-Length: 4\r\nTransfer-Encoding: chunked";
    let coding_first = "Transfer-Encoding: chunked\r\nContent-Length: 4";
    let whole = format!(
        "Content-Length: {}\r\nTransfer-Encoding: chunked",
        terminated.len()
    );
    vec![
        row(
            "CL then TE",
            section,
            Last(&[200]),
            post(length_first, &terminated),
        ),
        row(
            "TE then CL",
            section,
            Last(&[200]),
            post(coding_first, &terminated),
        ),
        row(
            "CL over the hidden request",
            section,
            Last(&[200]),
            post(whole, &terminated),
        ),
        row(
            "CL and TE in HTTP/1.0",
            section,
            Refused(&[400]),
            format!(
                "POST /api/v1/slow HTTP/1.0\r\nHost: test\r\n{length_first}\r\n\r\n{terminated}"
            ),
        ),
    ]
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

fn transfer_codings() -> Vec<Row> {
    let section = "RFC 9112, 6.1";
    let refused: &[(&str, &[u8], &'static [u16])] = &[
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
    let body = format!("0\r\n\r\n{HIDDEN}");
    let mut rows: Vec<_> = refused
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
