//! What is refused, and what no path leads to.

use std::collections::BTreeSet;

use crate::stage::{SIGNED, Store, all, assert_refused};
use crate::wire_support::{raw, send};

#[tokio::test]
async fn what_is_not_modelled_is_refused_by_name() {
    let store = Store::start().await;
    store.put("o", "hello").await;
    for (method, target, header, status, code) in [
        ("GET", "/releases/o?acl", None, 501, "NotImplemented"),
        ("PUT", "/releases/o?tagging", None, 501, "NotImplemented"),
        ("GET", "/releases?acl", None, 501, "NotImplemented"),
        ("GET", "/releases?versions", None, 501, "NotImplemented"),
        (
            "GET",
            "/releases/o?versionId=1",
            None,
            501,
            "NotImplemented",
        ),
        ("PUT", "/releases?versioning", None, 501, "NotImplemented"),
        (
            "PUT",
            "/releases/p",
            Some(("x-amz-copy-source", "/releases/o?versionId=1")),
            501,
            "NotImplemented",
        ),
        (
            "PUT",
            "/releases/p",
            Some(("x-amz-tagging", "a=b")),
            501,
            "NotImplemented",
        ),
        (
            "PUT",
            "/releases/p",
            Some(("x-amz-storage-class", "GLACIER")),
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
async fn what_has_expired_or_is_no_signature_is_denied() {
    let store = Store::start().await;
    store.put("o", "hello").await;
    let presigned = "/releases/o?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=00&X-Amz-Expires=60\
                     &X-Amz-Date=20200101T000000Z";
    let expired = send(store.address, "GET", presigned, &[], "").await;
    assert_refused(&expired, 403, "AccessDenied");
    assert_eq!(all(expired.text(), "Message"), ["Request has expired"]);
    let garbage = [("authorization", "garbage")];
    let garbage = send(store.address, "GET", "/releases/o", &garbage, "").await;
    assert_refused(&garbage, 400, "InvalidArgument");
    let old = [("x-amz-date", "20200101T000000Z")];
    let old = store.ask("GET", "/releases/o", &old, "").await;
    assert_refused(&old, 403, "RequestTimeTooSkewed");
}

#[tokio::test]
async fn whoever_expects_another_owner_is_denied() {
    let store = Store::start().await;
    store.put("o", "hello").await;
    for (owner, status) in [("000000000000", 200), ("123456789012", 403)] {
        let expected = [("x-amz-expected-bucket-owner", owner)];
        let answer = store.ask("GET", "/releases/o", &expected, "").await;
        assert_eq!(answer.status.as_u16(), status, "{owner}");
    }
    let form = store.ask("POST", "/releases", &[], "").await;
    assert_refused(&form, 501, "NotImplemented");
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
        assert_refused(&store.get(key, &[]).await, 404, "NoSuchKey");
        assert_eq!(store.put(key, "x").await.status, 200, "{key}");
        assert_eq!(store.get(key, &[]).await.text(), "x", "{key}");
        let target = format!("/releases/{key}");
        let deleted = store.ask("DELETE", &target, &[], "").await;
        assert_eq!(deleted.status, 204, "{key}");
        assert_refused(&store.get(key, &[]).await, 404, "NoSuchKey");
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
        ["releases", "secret", ".staging", ".notes", ".keys"]
            .iter()
            .any(|known| name == known)
    }));
    assert!(store.keys("").await.is_empty());
}

#[tokio::test]
async fn every_key_is_an_object_of_its_own() {
    let store = Store::start().await;
    let long = "a".repeat(300);
    let keys = [
        ".",
        "..",
        "%2Flead",
        "a",
        "a%09",
        "a%0A",
        "a%2F",
        "a%2F.%2Fb",
        "a%2F%2Fb",
        "a%2Fb",
        "a%2Fb%2F",
        "a%2Fb%2Fc",
        "a0",
        &long,
        "%C3%A9",
    ];
    for key in keys {
        let created = store
            .ask(
                "PUT",
                &format!("/releases/{key}"),
                &[("if-none-match", "*")],
                key.to_owned(),
            )
            .await;
        assert_eq!(created.status, 200, "{key}: {}", created.text());
    }
    for key in keys {
        assert_eq!(store.get(key, &[]).await.text(), key);
        let again = store
            .ask(
                "PUT",
                &format!("/releases/{key}"),
                &[("if-none-match", "*")],
                "x",
            )
            .await;
        assert_refused(&again, 412, "PreconditionFailed");
        assert_eq!(store.put(key, "new").await.status, 200);
        assert_eq!(store.get(key, &[]).await.text(), "new");
    }
    let decoded = |key: &str| {
        percent_encoding::percent_decode_str(key)
            .decode_utf8_lossy()
            .into_owned()
    };
    let mut expected: Vec<_> = keys.iter().map(|key| decoded(key)).collect();
    expected.sort();
    let listed = store.keys("encoding-type=url").await;
    let listed: Vec<_> = listed.iter().map(|key| decoded(key)).collect();
    assert_eq!(listed, expected, "in the order of their bytes");
    let below = store.keys("encoding-type=url&prefix=a%2Fb").await;
    assert_eq!(below, ["a/b", "a/b/", "a/b/c"]);
    assert_eq!(store.keys("prefix=a%2F%2F").await, ["a//b"]);
    for key in keys {
        let target = format!("/releases/{key}");
        assert_eq!(store.ask("DELETE", &target, &[], "").await.status, 204);
    }
    assert!(store.keys("").await.is_empty());
    let gone = store.ask("DELETE", "/releases", &[], "").await;
    assert_eq!(gone.status, 204, "{}", gone.text());
}

#[tokio::test]
async fn a_key_beside_its_own_folder_harms_neither_and_plain_ones_are_files() {
    let store = Store::start().await;
    for key in ["a/b", "a", "a/b/c"] {
        assert_eq!(store.put(key, key).await.status, 200);
    }
    for key in ["a/b", "a", "a/b/c"] {
        assert_eq!(store.get(key, &[]).await.text(), key);
    }
    assert_eq!(std::fs::read(store.file("a/b")).unwrap(), b"a/b");
    let first = store.keys("delimiter=%2F").await;
    assert_eq!(first, ["a"]);
}
