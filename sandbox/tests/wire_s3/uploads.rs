//! Bodies: checksums, the SDKs' framing, leave to send, uploads that break off.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::StatusCode;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::stage::{HELLO_MD5, SIGNED, Store, all, assert_refused};

#[tokio::test]
async fn a_body_that_is_not_what_was_promised_is_not_stored() {
    let store = Store::start().await;
    let sha256 = Sha256::digest("hello");
    let (good_sha, hex_sha) = (BASE64.encode(sha256), hex::encode(sha256));
    let good_crc = BASE64.encode(crc_fast::crc32_iso_hdlc(b"hello").to_be_bytes());
    for (header, value) in [
        ("x-amz-checksum-crc32", good_crc.as_str()),
        ("x-amz-checksum-sha256", &good_sha),
        ("content-md5", "XUFAKrxLKna5cZ2REBfFkg=="),
        ("x-amz-content-sha256", &hex_sha),
        ("x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
    ] {
        let answer = store
            .ask("PUT", "/releases/good", &[(header, value)], "hello")
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{header}: {value}");
        if header.starts_with("x-amz-checksum") {
            assert_eq!(answer.header(header), value);
        }
    }
    let other_sha = BASE64.encode(Sha256::digest("other"));
    let other_hex = hex::encode(Sha256::digest("other"));
    for (header, value, code) in [
        ("x-amz-checksum-crc32", "AAAAAA==", "BadDigest"),
        ("x-amz-checksum-crc32", "AAAA", "InvalidRequest"),
        ("x-amz-checksum-crc32", "?", "InvalidRequest"),
        ("x-amz-checksum-sha256", &other_sha, "BadDigest"),
        ("content-md5", "AAAAAAAAAAAAAAAAAAAAAA==", "BadDigest"),
        (
            "x-amz-content-sha256",
            &other_hex,
            "XAmzContentSHA256Mismatch",
        ),
    ] {
        let answer = store
            .ask("PUT", "/releases/bad", &[(header, value)], "hello")
            .await;
        assert_refused(&answer, 400, code);
    }
    assert_eq!(store.keys("").await, ["good"]);
    assert_eq!(store.leftovers(), 0);
}

const CHUNKED: &[(&str, &str)] = &[
    ("content-encoding", "aws-chunked"),
    ("x-amz-decoded-content-length", "5"),
];
const TRAILER: (&str, &str) = ("x-amz-trailer", "x-amz-checksum-crc32");

#[tokio::test]
async fn the_framing_of_streaming_sdks_is_taken_off() {
    let store = Store::start().await;
    let crc = BASE64.encode(crc_fast::crc32_iso_hdlc(b"hello").to_be_bytes());
    let signed = (
        "x-amz-content-sha256",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
    );
    let unsigned = ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER");
    for (hash, trailer, body) in [
        (
            signed,
            Some(TRAILER),
            format!(
                "2;chunk-signature=ab\r\nhe\r\n3;chunk-signature=cd\r\nllo\r\n0;chunk-signature=ef\r\n\
                 x-amz-checksum-crc32:{crc}\r\nx-amz-trailer-signature:00\r\n\r\n"
            ),
        ),
        (
            unsigned,
            Some(TRAILER),
            format!("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:{crc}\r\n\r\n"),
        ),
        (unsigned, None, "5\r\nhello\r\n0\r\n\r\n".to_owned()),
    ] {
        let headers: Vec<_> = CHUNKED
            .iter()
            .copied()
            .chain([hash])
            .chain(trailer)
            .collect();
        let put = store.ask("PUT", "/releases/o", &headers, body).await;
        assert_eq!(
            (put.status, put.header("etag")),
            (StatusCode::OK, HELLO_MD5),
            "{}",
            put.text()
        );
        assert_eq!(store.get("o", &[]).await.text(), "hello");
        store.ask("DELETE", "/releases/o", &[], "").await;
    }
}

#[tokio::test]
async fn lies_in_the_framing_store_nothing() {
    let store = Store::start().await;
    for (trailer, body, code) in [
        (None, "5\r\nhello\r\n", "IncompleteBody"),
        (None, "4\r\nhell\r\n0\r\n\r\n", "IncompleteBody"),
        (None, "6\r\nhello!\r\n0\r\n\r\n", "IncompleteBody"),
        (None, "ffffffffffff\r\nhello", "IncompleteBody"),
        (None, "4\r\nhello\r\n0\r\n\r\n", "InvalidRequest"),
        (None, "hello", "IncompleteBody"),
        (None, "hello\r\n", "InvalidRequest"),
        (None, "5\r\nhello\r\n0\r\n\r\nmore", "InvalidRequest"),
        (Some(TRAILER), "5\r\nhello\r\n0\r\n\r\n", "InvalidRequest"),
        (
            Some(TRAILER),
            "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n",
            "BadDigest",
        ),
        (
            None,
            "5\r\nhello\r\n0\r\nx-amz-checksum-sha1:AAAA\r\n\r\n",
            "InvalidRequest",
        ),
    ] {
        let headers: Vec<_> = CHUNKED.iter().copied().chain(trailer).collect();
        let answer = store.ask("PUT", "/releases/o", &headers, body).await;
        assert_eq!(all(answer.text(), "Code"), [code], "{body:?}");
    }
    let no_length = [("content-encoding", "aws-chunked")];
    let answer = store
        .ask("PUT", "/releases/o", &no_length, "0\r\n\r\n")
        .await;
    assert_refused(&answer, 411, "MissingContentLength");
    let huge = [
        ("content-encoding", "aws-chunked"),
        ("x-amz-decoded-content-length", "6000000000"),
    ];
    let answer = store.ask("PUT", "/releases/o", &huge, "0\r\n\r\n").await;
    assert_refused(&answer, 400, "EntityTooLarge");
    assert!(store.keys("").await.is_empty());
    assert_eq!(store.leftovers(), 0);
}

/// The head of an upload of five bytes whose client waits for leave to send them.
fn expecting(target: &str) -> String {
    format!(
        "PUT {target} HTTP/1.1\r\nhost: a\r\nauthorization: {}\r\nexpect: 100-continue\r\ncontent-length: 5\r\n\r\n",
        SIGNED.1
    )
}

async fn read_status(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(answer)
        .unwrap()
        .lines()
        .next()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn leave_to_send_is_given_only_where_the_body_is_wanted() {
    let store = Store::start().await;
    let mut stream = TcpStream::connect(store.address).await.unwrap();
    stream
        .write_all(expecting("/releases/o").as_bytes())
        .await
        .unwrap();
    assert_eq!(read_status(&mut stream).await, "HTTP/1.1 100 Continue");
    stream.write_all(b"hello").await.unwrap();
    assert_eq!(read_status(&mut stream).await, "HTTP/1.1 200 OK");

    let mut stream = TcpStream::connect(store.address).await.unwrap();
    stream
        .write_all(expecting("/other-bucket/o").as_bytes())
        .await
        .unwrap();
    assert_eq!(read_status(&mut stream).await, "HTTP/1.1 404 Not Found");
}

#[tokio::test]
async fn an_upload_that_breaks_off_leaves_nothing() {
    let store = Store::start().await;
    let mut stream = TcpStream::connect(store.address).await.unwrap();
    stream
        .write_all(expecting("/releases/o").as_bytes())
        .await
        .unwrap();
    assert_eq!(read_status(&mut stream).await, "HTTP/1.1 100 Continue");
    stream.write_all(b"hel").await.unwrap();
    assert_eq!(store.leftovers(), 1);
    drop(stream);
    let cleared = async {
        while store.leftovers() > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), cleared)
        .await
        .unwrap();
    assert!(store.keys("").await.is_empty());
}
