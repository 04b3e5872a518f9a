//! The store as S3 clients meet it, over real sockets, and the folder as a `file://` client meets it.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by panicking"
)]

mod wire_support;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::StatusCode;
use sandbox::api::{self, Backend, CallLog};
use sandbox::wire::error::ApiError;
use sandbox::wire::protocol::{Reply, Service};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wire_support::{Answer, listener, raw, send};

struct Nobody;

impl Backend for Nobody {
    fn call(&self, _service: Service, action: &str, _body: &[u8]) -> Result<Reply, ApiError> {
        Err(ApiError::validation(format!(
            "{action} was not meant for a service"
        )))
    }
}

const SIGNED: (&str, &str) = (
    "authorization",
    "AWS4-HMAC-SHA256 Credential=AKID/20261120/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0",
);

struct Store {
    address: SocketAddr,
    folder: tempfile::TempDir,
}

impl Store {
    /// A store with the bucket `releases`.
    async fn start() -> Self {
        let (listener, address) = listener().await;
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().to_owned();
        tokio::spawn(api::serve(
            listener,
            Arc::new(Nobody),
            root,
            Arc::new(CallLog::new()),
        ));
        let store = Self { address, folder };
        assert_eq!(
            store.ask("PUT", "/releases", &[], "").await.status,
            StatusCode::OK
        );
        store
    }

    async fn ask(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: impl Into<bytes::Bytes>,
    ) -> Answer {
        let headers = [&[SIGNED], headers].concat();
        send(self.address, method, target, &headers, body).await
    }

    async fn put(&self, key: &str, body: &str) -> Answer {
        let target = format!("/releases/{key}");
        self.ask("PUT", &target, &[], body.to_owned()).await
    }

    async fn get(&self, key: &str, headers: &[(&str, &str)]) -> Answer {
        self.ask("GET", &format!("/releases/{key}"), headers, "")
            .await
    }

    fn file(&self, path: &str) -> PathBuf {
        self.folder.path().join("releases").join(path)
    }

    /// Whatever was begun and not finished.
    fn leftovers(&self) -> usize {
        let staging = self.folder.path().join(".staging");
        std::fs::read_dir(staging).map_or(0, Iterator::count)
    }

    async fn keys(&self, query: &str) -> Vec<String> {
        let answer = self
            .ask("GET", &format!("/releases?list-type=2&{query}"), &[], "")
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        all(answer.text(), "Key")
    }
}

/// The texts of every element `name`.
fn all(xml: &str, name: &str) -> Vec<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    xml.split(&open)
        .skip(1)
        .map(|rest| rest.split(&close).next().unwrap_or_default().to_owned())
        .collect()
}

#[track_caller]
fn assert_refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
    assert_eq!(all(answer.text(), "Code"), [code]);
    assert_eq!(
        all(answer.text(), "RequestId"),
        [answer.header("x-amz-request-id")]
    );
}

const HELLO_MD5: &str = "\"5d41402abc4b2a76b9719d911017c592\"";

#[tokio::test]
async fn an_object_is_a_plain_file_and_comes_back_whole() {
    let store = Store::start().await;
    let put = store.put("a/b%20c/d%2Be.txt", "hello").await;
    assert_eq!(
        (put.status, put.header("etag")),
        (StatusCode::OK, HELLO_MD5)
    );
    assert_eq!(
        std::fs::read(store.file("a/b c/d+e.txt")).unwrap(),
        b"hello"
    );

    let get = store.get("a/b%20c/d%2Be.txt", &[]).await;
    assert_eq!((get.status, get.text()), (StatusCode::OK, "hello"));
    assert_eq!(get.header("etag"), HELLO_MD5);
    assert_eq!(get.header("content-length"), "5");
    assert!(get.header("last-modified").ends_with(" GMT"));

    let head = store
        .ask("HEAD", "/releases/a/b%20c/d%2Be.txt", &[], "")
        .await;
    assert_eq!(
        (head.status, head.header("content-length")),
        (StatusCode::OK, "5")
    );
    assert_eq!(store.leftovers(), 0);
}

#[tokio::test]
async fn a_file_put_into_the_folder_is_an_object() {
    let store = Store::start().await;
    std::fs::create_dir_all(store.file("x")).unwrap();
    std::fs::write(store.file("x/y"), "hello").unwrap();
    assert_eq!(store.get("x/y", &[]).await.header("etag"), HELLO_MD5);
    std::fs::write(store.file("x/y"), "hello, again").unwrap();
    let get = store.get("x/y", &[]).await;
    assert_eq!(get.text(), "hello, again");
    assert_ne!(get.header("etag"), HELLO_MD5);
    assert_eq!(store.keys("").await, ["x/y"]);
}

#[tokio::test]
async fn large_objects_pass_through_in_pieces() {
    let store = Store::start().await;
    let body: Vec<u8> = (0..3_000_001u32)
        .map(|n| n.to_le_bytes()[n as usize % 3])
        .collect();
    store.ask("PUT", "/releases/large", &[], body.clone()).await;
    assert_eq!(store.get("large", &[]).await.body, body);
    let part = store
        .get("large", &[("range", "bytes=1000000-2000000")])
        .await;
    assert_eq!(part.body, body[1_000_000..=2_000_000]);
}

#[tokio::test]
async fn ranges_and_conditions_on_reading() {
    let store = Store::start().await;
    store.put("o", "hello").await;
    let part = store.get("o", &[("range", "bytes=1-3")]).await;
    assert_eq!((part.status.as_u16(), part.text()), (206, "ell"));
    assert_eq!(part.header("content-range"), "bytes 1-3/5");
    let beyond = store.get("o", &[("range", "bytes=5-")]).await;
    assert_refused(&beyond, 416, "InvalidRange");
    assert_eq!(beyond.header("content-range"), "bytes */5");

    for (header, value, status) in [
        ("if-none-match", HELLO_MD5, 304),
        ("if-none-match", "*", 304),
        ("if-none-match", "\"other\"", 200),
        ("if-match", HELLO_MD5, 200),
        ("if-match", "\"other\"", 412),
    ] {
        let get = store.get("o", &[(header, value)]).await;
        assert_eq!(get.status.as_u16(), status, "{header}: {value}");
    }
    let unchanged = store.get("o", &[("if-none-match", HELLO_MD5)]).await;
    assert_eq!(
        (unchanged.header("etag"), unchanged.text()),
        (HELLO_MD5, "")
    );
}

#[tokio::test]
async fn of_many_creating_at_once_one_wins() {
    let store = Arc::new(Store::start().await);
    for round in 0..5 {
        let target = format!("/releases/lease/{round}");
        let mut racers = tokio::task::JoinSet::new();
        for racer in 0..16 {
            let (store, target) = (Arc::clone(&store), target.clone());
            racers.spawn(async move {
                let body = format!("racer {racer}");
                let answer = store
                    .ask("PUT", &target, &[("if-none-match", "*")], body.clone())
                    .await;
                (answer.status.as_u16(), body)
            });
        }
        let (won, lost): (Vec<_>, Vec<_>) = racers
            .join_all()
            .await
            .into_iter()
            .partition(|(status, _)| *status == 200);
        assert_eq!(won.len(), 1);
        assert!(lost.iter().all(|(status, _)| *status == 412));
        let kept = store.get(&format!("lease/{round}"), &[]).await;
        assert_eq!(kept.text(), won[0].1);
    }
    assert_eq!(store.leftovers(), 0);
}

#[tokio::test]
async fn of_many_replacing_the_same_version_one_wins() {
    let store = Arc::new(Store::start().await);
    let etag = store.put("o", "first").await.header("etag").to_owned();
    let mut racers = tokio::task::JoinSet::new();
    for racer in 0..16 {
        let (store, etag) = (Arc::clone(&store), etag.clone());
        racers.spawn(async move {
            let headers = [("if-match", etag.as_str())];
            let body = format!("racer {racer}");
            store
                .ask("PUT", "/releases/o", &headers, body)
                .await
                .status
                .as_u16()
        });
    }
    let mut statuses = racers.join_all().await;
    statuses.sort_unstable();
    assert_eq!(statuses[0], 200);
    assert!(statuses[1..].iter().all(|status| *status == 412));
}

#[tokio::test]
async fn conditions_on_writing_name_what_did_not_hold() {
    let store = Store::start().await;
    let put = async |headers: &[(&str, &str)]| store.ask("PUT", "/releases/o", headers, "x").await;
    let missing = put(&[("if-match", HELLO_MD5)]).await;
    assert_refused(&missing, 404, "NoSuchKey");
    store.put("o", "hello").await;
    let taken = put(&[("if-none-match", "*")]).await;
    assert_refused(&taken, 412, "PreconditionFailed");
    assert_eq!(all(taken.text(), "Condition"), ["If-None-Match"]);
    let stale = put(&[("if-match", "\"other\"")]).await;
    assert_refused(&stale, 412, "PreconditionFailed");
    assert_eq!(all(stale.text(), "Condition"), ["If-Match"]);
    let odd = put(&[("if-none-match", HELLO_MD5)]).await;
    assert_refused(&odd, 501, "NotImplemented");
    assert_eq!(store.get("o", &[]).await.text(), "hello");
    assert_eq!(put(&[("if-match", HELLO_MD5)]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn readers_see_an_old_or_a_new_object_never_a_mixture() {
    let store = Arc::new(Store::start().await);
    let bodies: Vec<String> = ["a", "b"].map(|letter| letter.repeat(300_000)).into();
    store.put("o", &bodies[0]).await;
    let writer = tokio::spawn({
        let (store, bodies) = (Arc::clone(&store), bodies.clone());
        async move {
            for round in 0..20 {
                assert_eq!(
                    store.put("o", &bodies[round % 2]).await.status,
                    StatusCode::OK
                );
            }
        }
    });
    while !writer.is_finished() {
        let get = store.get("o", &[]).await;
        assert!(bodies.iter().any(|body| body == get.text()));
    }
    writer.await.unwrap();
}

#[tokio::test]
async fn deleting_is_idempotent_and_leaves_no_folders() {
    let store = Store::start().await;
    store.put("a/b/c", "hello").await;
    store.put("a/d", "hello").await;
    let delete = async |headers: &[(&str, &str)]| {
        let answer = store.ask("DELETE", "/releases/a/b/c", headers, "").await;
        answer.status.as_u16()
    };
    assert_eq!(delete(&[("if-match", "\"other\"")]).await, 412);
    assert_eq!(delete(&[("if-match", HELLO_MD5)]).await, 204);
    assert_eq!(delete(&[]).await, 204);
    assert_eq!(delete(&[("if-match", HELLO_MD5)]).await, 204);
    assert_eq!(delete(&[("if-match", "*")]).await, 412);
    assert!(!store.file("a/b").exists());
    assert!(store.file("a/d").exists());
    assert_eq!(store.put("a/b", "now a key").await.status, StatusCode::OK);
}

#[tokio::test]
async fn many_objects_are_deleted_in_one_call() {
    let store = Store::start().await;
    store.put("a&b", "x").await;
    store.put("c", "x").await;
    let body =
        "<Delete><Object><Key>a&amp;b</Key></Object><Object><Key>../c</Key></Object></Delete>";
    let answer = store.ask("POST", "/releases?delete", &[], body).await;
    assert_eq!(all(answer.text(), "Deleted"), ["<Key>a&amp;b</Key>"]);
    assert_eq!(all(answer.text(), "Code"), ["InvalidArgument"]);
    assert_eq!(store.keys("").await, ["c"]);
    let wrong = [("content-md5", "AAAAAAAAAAAAAAAAAAAAAA==")];
    assert_refused(
        &store.ask("POST", "/releases?delete", &wrong, body).await,
        400,
        "BadDigest",
    );
    assert_refused(
        &store.ask("POST", "/releases?delete", &[], "<x").await,
        400,
        "MalformedXML",
    );
}

#[tokio::test]
async fn listings_go_by_prefix_delimiter_and_page() {
    let store = Store::start().await;
    for key in ["b/1", "b/2", "b/c/3", "b0", "a", "z%26%3C"] {
        store.put(key, "hello").await;
    }
    assert_eq!(
        store.keys("").await,
        ["a", "b/1", "b/2", "b/c/3", "b0", "z&amp;&lt;"]
    );
    assert_eq!(store.keys("encoding-type=url&prefix=z").await, ["z%26%3C"]);
    assert_eq!(store.keys("prefix=b").await, ["b/1", "b/2", "b/c/3", "b0"]);
    assert_eq!(store.keys("prefix=b/c/").await, ["b/c/3"]);
    assert_eq!(
        store.keys("start-after=b/2").await,
        ["b/c/3", "b0", "z&amp;&lt;"]
    );
    for outside in ["prefix=..%2F", "prefix=%2Fetc", "prefix=nothing/there"] {
        assert!(store.keys(outside).await.is_empty(), "{outside}");
    }
    let unwritable = store
        .ask("GET", "/releases?list-type=2&prefix=%00", &[], "")
        .await;
    assert_refused(&unwritable, 400, "InvalidArgument");
    let answer = store
        .ask(
            "GET",
            "/releases?list-type=2&prefix=b/&delimiter=/",
            &[],
            "",
        )
        .await;
    assert_eq!(all(answer.text(), "Key"), ["b/1", "b/2"]);
    assert_eq!(
        all(answer.text(), "CommonPrefixes"),
        ["<Prefix>b/c/</Prefix>"]
    );
    assert_eq!(all(answer.text(), "KeyCount"), ["3"]);
    assert_eq!(all(answer.text(), "ETag")[0], HELLO_MD5);

    let (mut seen, mut token) = (Vec::new(), String::new());
    loop {
        let target = format!("/releases?list-type=2&max-keys=4{token}");
        let page = store.ask("GET", &target, &[], "").await;
        seen.extend(all(page.text(), "Key"));
        let next = all(page.text(), "NextContinuationToken");
        assert_eq!(
            all(page.text(), "IsTruncated"),
            [(!next.is_empty()).to_string()]
        );
        let Some(next) = next.first() else { break };
        token = format!("&continuation-token={next}");
    }
    assert_eq!(seen, store.keys("").await);
}

#[tokio::test]
async fn buckets_are_folders() {
    let store = Store::start().await;
    assert_eq!(
        store.ask("PUT", "/releases", &[], "").await.status,
        StatusCode::OK
    );
    assert_eq!(
        store.ask("HEAD", "/releases", &[], "").await.status,
        StatusCode::OK
    );
    assert_eq!(
        store.ask("HEAD", "/other-bucket", &[], "").await.status,
        StatusCode::NOT_FOUND
    );
    store.put("a", "x").await;
    let list = store.ask("GET", "/", &[], "").await;
    assert_eq!(all(list.text(), "Name"), ["releases"]);
    let location = store.ask("GET", "/releases?location", &[], "").await;
    assert!(location.text().contains("<LocationConstraint xmlns="));
    for (method, target) in [
        ("GET", "/other-bucket?list-type=2"),
        ("GET", "/other-bucket/a"),
        ("PUT", "/other-bucket/a"),
        ("DELETE", "/other-bucket/a"),
        ("GET", "/other-bucket?location"),
    ] {
        assert_refused(
            &store.ask(method, target, &[], "").await,
            404,
            "NoSuchBucket",
        );
    }
    for bad in [
        "/.staging",
        "/ab",
        "/Upper-Case",
        "/a..b",
        "/-ab",
        "/..",
        "/a_b_c",
    ] {
        assert_refused(
            &store.ask("PUT", bad, &[], "").await,
            400,
            "InvalidBucketName",
        );
    }
}

#[tokio::test]
async fn what_is_not_modelled_is_refused_by_name() {
    let store = Store::start().await;
    store.put("o", "hello").await;
    for (method, target, header, status, code) in [
        ("GET", "/releases/o?acl", None, 501, "NotImplemented"),
        ("PUT", "/releases/o?tagging", None, 501, "NotImplemented"),
        ("POST", "/releases/o?uploads", None, 501, "NotImplemented"),
        (
            "GET",
            "/releases/o?versionId=1",
            None,
            501,
            "NotImplemented",
        ),
        ("GET", "/releases", None, 501, "NotImplemented"),
        ("GET", "/releases?versioning", None, 501, "NotImplemented"),
        ("DELETE", "/releases", None, 501, "NotImplemented"),
        (
            "PUT",
            "/releases/p",
            Some(("x-amz-copy-source", "/releases/o")),
            501,
            "NotImplemented",
        ),
        (
            "PUT",
            "/releases/p",
            Some(("x-amz-meta-a", "b")),
            501,
            "NotImplemented",
        ),
        (
            "PUT",
            "/releases/p",
            Some(("x-amz-checksum-crc32c", "AAAAAA==")),
            501,
            "NotImplemented",
        ),
        (
            "PUT",
            "/releases/p",
            Some(("content-encoding", "gzip")),
            501,
            "NotImplemented",
        ),
        (
            "GET",
            "/releases/o",
            Some(("range", "bytes=0-0,2-2")),
            501,
            "NotImplemented",
        ),
        ("GET", "/releases/missing", None, 404, "NoSuchKey"),
        ("PATCH", "/releases/o", None, 405, "MethodNotAllowed"),
        ("POST", "/releases/o", None, 405, "MethodNotAllowed"),
        ("DELETE", "/", None, 405, "MethodNotAllowed"),
    ] {
        let headers: Vec<_> = header.into_iter().collect();
        let answer = store.ask(method, target, &headers, "").await;
        assert_eq!(all(answer.text(), "Code"), [code], "{method} {target}");
        assert_refused(&answer, status, code);
    }
    assert_eq!(store.keys("").await, ["o"]);
    let head = store.ask("HEAD", "/releases/missing", &[], "").await;
    assert_eq!((head.status.as_u16(), head.text()), (404, ""));
}

#[tokio::test]
async fn an_unsigned_request_is_denied() {
    let store = Store::start().await;
    store.put("o", "hello").await;
    let bare = send(store.address, "GET", "/releases/o", &[], "").await;
    assert_refused(&bare, 403, "AccessDenied");
    let presigned = "/releases/o?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=00";
    assert_eq!(
        send(store.address, "GET", presigned, &[], "").await.text(),
        "hello"
    );
}

#[tokio::test]
async fn no_path_leads_out_of_the_bucket() {
    let store = Store::start().await;
    let outside = store.folder.path().join("secret");
    std::fs::write(&outside, "secret").unwrap();
    for key in [
        "../secret",
        "%2e%2e/secret",
        "..%2fsecret",
        "a/../../secret",
        "%2e%2e%2fsecret",
        "/secret",
        "a//b",
        "a/%00",
        "./a",
        "a/.",
        "a%0ab",
        "%2Fetc%2Fpasswd",
    ] {
        for method in ["GET", "PUT", "DELETE"] {
            let answer = store
                .ask(method, &format!("/releases/{key}"), &[], "x")
                .await;
            assert_refused(&answer, 400, "InvalidArgument");
        }
    }
    for key in ["%zz", "%", "%f", "a%ff"] {
        // Sent as they are: a proper client would not build such a request line.
        let request = format!(
            "GET /releases/{key} HTTP/1.1\r\nhost: a\r\nauthorization: {}\r\n\r\n",
            SIGNED.1
        );
        assert!(
            raw(store.address, request.as_bytes())
                .await
                .contains(" 400 "),
            "{key}"
        );
    }
    let long = "a/".repeat(600) + "a";
    assert_refused(&store.put(&long, "x").await, 400, "KeyTooLongError");
    assert_eq!(std::fs::read(outside).unwrap(), b"secret");
    let names = std::fs::read_dir(store.folder.path()).unwrap();
    let names: BTreeSet<_> = names.map(|entry| entry.unwrap().file_name()).collect();
    assert!(names.iter().all(|name| {
        ["releases", "secret", ".staging"]
            .iter()
            .any(|known| name == known)
    }));
    assert!(store.keys("").await.is_empty());
}

#[tokio::test]
async fn a_key_beside_its_own_folder_is_refused_and_harms_neither() {
    let store = Store::start().await;
    store.put("a/b", "hello").await;
    let create: &[_] = &[("if-none-match", "*")];
    for (key, headers) in [
        ("a", [].as_slice()),
        ("a", create),
        ("a/b/c", &[]),
        ("a/b/c", create),
    ] {
        let answer = store
            .ask("PUT", &format!("/releases/{key}"), headers, "x")
            .await;
        assert_refused(&answer, 501, "NotImplemented");
    }
    assert_refused(&store.get("a", &[]).await, 404, "NoSuchKey");
    assert_refused(&store.get("a/b/c", &[]).await, 404, "NoSuchKey");
    assert_eq!(store.get("a/b", &[]).await.text(), "hello");
}

#[tokio::test]
async fn a_body_that_is_not_what_was_promised_is_not_stored() {
    let store = Store::start().await;
    let sha256 = Sha256::digest("hello");
    let (good_sha, hex_sha) = (BASE64.encode(sha256), hex::encode(sha256));
    let good_crc = BASE64.encode(crc32fast::hash(b"hello").to_be_bytes());
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
        ("x-amz-checksum-crc32", "AAAA", "InvalidDigest"),
        ("x-amz-checksum-crc32", "?", "InvalidDigest"),
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
    let crc = BASE64.encode(crc32fast::hash(b"hello").to_be_bytes());
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
            "NotImplemented",
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
