//! Copies, and what is known of an object beyond its bytes.

use http::StatusCode;

use crate::stage::{HELLO_MD5, Store, all, assert_refused};

const SAID: [(&str, &str); 4] = [
    ("cache-control", "no-store"),
    ("content-encoding", "gzip"),
    ("content-type", "text/plain"),
    ("x-amz-meta-commit", "0123"),
];

async fn copy(store: &Store, to: &str, headers: &[(&str, &str)]) -> crate::wire_support::Answer {
    let source = [("x-amz-copy-source", "releases/o")];
    let headers = [&source[..], headers].concat();
    store
        .ask("PUT", &format!("/releases/{to}"), &headers, "")
        .await
}

#[tokio::test]
async fn an_object_is_told_with_what_was_said_of_it_and_a_copy_with_the_same() {
    let store = Store::start().await;
    store.ask("PUT", "/releases/o", &SAID, "hello").await;
    let copied = copy(&store, "copy", &[]).await;
    assert_eq!(all(copied.text(), "ETag"), [HELLO_MD5]);
    for key in ["o", "copy"] {
        let get = store.get(key, &[]).await;
        assert_eq!(get.text(), "hello");
        for (name, value) in SAID {
            assert_eq!(get.header(name), value, "{key} {name}");
        }
    }
    let replace = [
        ("x-amz-metadata-directive", "REPLACE"),
        ("x-amz-meta-other", "new"),
    ];
    assert_eq!(copy(&store, "o", &replace).await.status, StatusCode::OK);
    let get = store.get("o", &[]).await;
    assert_eq!(get.header("x-amz-meta-other"), "new");
    assert_eq!(get.header("x-amz-meta-commit"), "");
    assert_eq!(get.header("content-type"), "binary/octet-stream");
    let chosen = "/releases/o?response-content-type=a/b&response-cache-control=no-cache";
    let chosen = store.ask("GET", chosen, &[], "").await;
    assert_eq!(chosen.header("content-type"), "a/b");
    assert_eq!(chosen.header("cache-control"), "no-cache");
}

#[tokio::test]
async fn a_file_that_is_replaced_by_hand_loses_what_was_said_of_it() {
    let store = Store::start().await;
    store.ask("PUT", "/releases/o", &SAID, "hello").await;
    std::fs::write(store.file("new"), "hello").unwrap();
    std::fs::rename(store.file("new"), store.file("o")).unwrap();
    let get = store.get("o", &[]).await;
    assert_eq!((get.text(), get.header("etag")), ("hello", HELLO_MD5));
    assert_eq!(get.header("x-amz-meta-commit"), "");
}

#[tokio::test]
async fn notes_go_with_their_objects() {
    let store = Store::start().await;
    let notes = || std::fs::read_dir(store.folder.path().join(".notes")).map_or(0, Iterator::count);
    store.ask("PUT", "/releases/o", &SAID, "hello").await;
    store.ask("PUT", "/releases/o", &SAID, "again").await;
    assert_eq!(notes(), 1);
    let create = [("if-none-match", "*")];
    let refused = store.ask("PUT", "/releases/o", &create, "other").await;
    assert_refused(&refused, 412, "PreconditionFailed");
    assert_eq!(notes(), 1);
    store.ask("DELETE", "/releases/o", &[], "").await;
    assert_eq!(notes(), 0);
}

#[tokio::test]
async fn copies_are_refused_where_they_cannot_be_made() {
    let store = Store::start().await;
    store.put("o", "hello").await;
    store.put("taken", "x").await;
    for (to, headers, status, code) in [
        ("o", vec![], 400, "InvalidRequest"),
        (
            "p",
            vec![("x-amz-copy-source-if-match", "\"a\"")],
            412,
            "PreconditionFailed",
        ),
        (
            "p",
            vec![("x-amz-copy-source-if-none-match", HELLO_MD5)],
            412,
            "PreconditionFailed",
        ),
        (
            "taken",
            vec![("if-none-match", "*")],
            412,
            "PreconditionFailed",
        ),
        (
            "p",
            vec![("x-amz-metadata-directive", "MERGE")],
            400,
            "InvalidArgument",
        ),
        (
            "p",
            vec![("x-amz-tagging-directive", "COPY")],
            501,
            "NotImplemented",
        ),
        (
            "p",
            vec![("x-amz-checksum-algorithm", "MD5")],
            400,
            "InvalidRequest",
        ),
    ] {
        assert_refused(&copy(&store, to, &headers).await, status, code);
    }
    let nothing = [("x-amz-copy-source", "releases/nothing")];
    let answer = store.ask("PUT", "/releases/p", &nothing, "").await;
    assert_refused(&answer, 404, "NoSuchKey");
    assert_eq!(store.leftovers(), 0);
    assert_eq!(store.keys("").await, ["o", "taken"]);
}

#[tokio::test]
async fn a_part_is_copied_from_a_span_of_another_object() {
    let store = Store::start().await;
    store.put("o", "hello").await;
    let begun = store.ask("POST", "/releases/p?uploads", &[], "").await;
    let id = all(begun.text(), "UploadId").remove(0);
    let target = format!("/releases/p?uploadId={id}&partNumber=1");
    let span = |range| {
        [
            ("x-amz-copy-source", "releases/o"),
            ("x-amz-copy-source-range", range),
        ]
    };
    for (range, status, code) in [
        ("bytes=3-5", 416, "InvalidRange"),
        ("bytes=3-", 400, "InvalidArgument"),
    ] {
        let answer = store.ask("PUT", &target, &span(range), "").await;
        assert_refused(&answer, status, code);
    }
    let copied = store.ask("PUT", &target, &span("bytes=1-3"), "").await;
    let tag = all(copied.text(), "ETag").remove(0);
    let body = format!(
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{tag}</ETag></Part></CompleteMultipartUpload>"
    );
    let target = format!("/releases/p?uploadId={id}");
    store.ask("POST", &target, &[], body).await;
    assert_eq!(store.get("p", &[]).await.text(), "ell");
}

#[tokio::test]
async fn attributes_and_checksums_are_told_when_asked_for() {
    let store = Store::start().await;
    store.put("o", "hello").await;
    let enabled = [("x-amz-checksum-mode", "ENABLED")];
    let get = store.get("o", &enabled).await;
    assert_eq!(get.header("x-amz-checksum-crc64nvme"), "M3eFcAZSQlc=");
    assert_eq!(get.header("x-amz-checksum-type"), "FULL_OBJECT");
    assert_eq!(store.get("o", &[]).await.header("x-amz-checksum-type"), "");
    let wanted = [("x-amz-object-attributes", "ETag, ObjectSize,Checksum")];
    let told = store
        .ask("GET", "/releases/o?attributes", &wanted, "")
        .await;
    assert_eq!(all(told.text(), "ETag"), [HELLO_MD5.trim_matches('"')]);
    assert_eq!(all(told.text(), "ObjectSize"), ["5"]);
    assert_eq!(all(told.text(), "ChecksumCRC64NVME"), ["M3eFcAZSQlc="]);
    for wrong in [vec![], vec![("x-amz-object-attributes", "Colour")]] {
        let told = store.ask("GET", "/releases/o?attributes", &wrong, "").await;
        assert_eq!(told.status, StatusCode::BAD_REQUEST);
    }
}
