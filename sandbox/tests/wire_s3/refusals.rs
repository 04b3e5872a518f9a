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
        ["releases", "secret", ".staging", ".notes"]
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
