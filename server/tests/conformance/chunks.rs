//! The chunked coding's own syntax.

use crate::row::Want::{Cut, Kept, Refused};
use crate::row::{Row, check, post, row};

const SECTION: &str = "RFC 9112, 7.1";

#[tokio::test]
async fn malformed_chunks_are_refused() {
    check(malformed()).await;
}

#[tokio::test]
async fn well_formed_chunks_end_where_they_say() {
    check(well_formed()).await;
}

fn chunked(body: impl AsRef<[u8]>) -> Vec<u8> {
    post("Transfer-Encoding: chunked", body)
}

fn malformed() -> Vec<Row> {
    let refused: &[(&str, &[u8])] = &[
        (
            "more than 64 bits",
            b"10000000000000000\r\nabc\r\n0\r\n\r\n",
        ),
        (
            "much more than 64 bits",
            b"fffffffffffffffffffffffffffff3\r\nabc\r\n0\r\n\r\n",
        ),
        ("a minus sign", b"-3\r\nabc\r\n0\r\n\r\n"),
        ("a plus sign", b"+3\r\nabc\r\n0\r\n\r\n"),
        ("0x", b"0x3\r\nabc\r\n0\r\n\r\n"),
        ("no size", b"\r\nabc\r\n0\r\n\r\n"),
        ("only an extension", b";a=b\r\nabc\r\n0\r\n\r\n"),
        ("a word", b"xyz\r\nabc\r\n0\r\n\r\n"),
        ("a blank before", b" 3\r\nabc\r\n0\r\n\r\n"),
        ("two numbers", b"3 3\r\nabc\r\n0\r\n\r\n"),
        ("an underscore", b"0_3\r\nabc\r\n0\r\n\r\n"),
        ("a NUL behind", b"3\0\r\nabc\r\n0\r\n\r\n"),
        ("bare LF behind the size", b"3\nabc\r\n0\r\n\r\n"),
        ("bare CR behind the size", b"3\rabc\r\n0\r\n\r\n"),
        ("bare LF in an extension", b"3;a\nabc\r\n0\r\n\r\n"),
        ("bare LF behind the data", b"3\r\nabc\n0\r\n\r\n"),
        ("data longer than said", b"3\r\nabcd\r\n0\r\n\r\n"),
        ("data shorter than said", b"4\r\nabc\r\n0\r\n\r\n"),
        ("bare LF behind the last size", b"3\r\nabc\r\n0\n\n"),
        ("a trailer without a name", b"0\r\n: a\r\n\r\n"),
        ("a trailer with a blank in its name", b"0\r\na b: c\r\n\r\n"),
        ("a folded trailer", b"0\r\na: b\r\n c\r\n\r\n"),
    ];
    let mut rows: Vec<_> = refused
        .iter()
        .map(|(name, body)| row(*name, SECTION, Refused(&[400]), chunked(body)))
        .collect();
    let extension = format!("3;{}\r\nabc\r\n0\r\n\r\n", "a".repeat(64 << 10));
    let many =
        "1;aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\na\r\n".repeat(1000);
    let trailers = format!("0\r\n{}\r\n", "x: y\r\n".repeat(2000));
    let trailer = format!("0\r\nx: {}\r\n\r\n", "y".repeat(512 << 10));
    rows.extend([
        // hyper takes the LF for the first byte of a trailer and what follows for the rest of it.
        // No request is answered by mistake: the connection ends at its header deadline.
        row(
            "bare LF at the end",
            SECTION,
            Cut(&[200, 408]),
            chunked("3\r\nabc\r\n0\r\n\n"),
        ),
        row(
            "a huge extension",
            SECTION,
            Refused(&[400]),
            chunked(extension),
        ),
        row(
            "many extensions, huge together",
            SECTION,
            Refused(&[400]),
            chunked(many + "0\r\n\r\n"),
        ),
        row(
            "too many trailers",
            SECTION,
            Refused(&[400]),
            chunked(trailers),
        ),
        row("a huge trailer", SECTION, Refused(&[400]), chunked(trailer)),
    ]);
    rows
}

fn well_formed() -> Vec<Row> {
    let kept = [
        ("one", "3\r\nabc\r\n0\r\n\r\n"),
        ("none", "0\r\n\r\n"),
        ("leading zeros", "003\r\nabc\r\n000\r\n\r\n"),
        (
            "either case",
            "a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n",
        ),
        ("an extension", "3;a=\"b;c\"\r\nabc\r\n0;d\r\n\r\n"),
        ("a blank behind the size", "3 \r\nabc\r\n0\r\n\r\n"),
        ("trailers", "3\r\nabc\r\n0\r\nX-A: 1\r\nX-B: 2\r\n\r\n"),
        // Trailers are not merged into the header (RFC 9110, 6.5.1).
        (
            "framing in the trailers",
            "3\r\nabc\r\n0\r\nContent-Length: 50\r\nTransfer-Encoding: chunked\r\n\r\n",
        ),
        (
            "a request as data",
            "27\r\nGET /nowhere HTTP/1.1\r\nHost: hidden\r\n\r\n\r\n0\r\n\r\n",
        ),
    ];
    kept.map(|(name, body)| row(name, SECTION, Kept(&[200]), chunked(body)))
        .into()
}
