//! Deleting, listing, buckets.

use http::StatusCode;

use crate::stage::{HELLO_MD5, Store, all, assert_refused};

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
    let long = "x".repeat(1025);
    let keys = ["a&amp;b", "../c", &long].map(|key| format!("<Object><Key>{key}</Key></Object>"));
    let body = format!("<Delete>{}</Delete>", keys.concat());
    let body = || body.clone();
    let answer = store.ask("POST", "/releases?delete", &[], body()).await;
    assert_eq!(
        all(answer.text(), "Deleted"),
        ["<Key>a&amp;b</Key>", "<Key>../c</Key>"]
    );
    assert_eq!(all(answer.text(), "Code"), ["KeyTooLongError"]);
    assert_eq!(store.keys("").await, ["c"]);
    let wrong = [("content-md5", "AAAAAAAAAAAAAAAAAAAAAA==")];
    assert_refused(
        &store.ask("POST", "/releases?delete", &wrong, body()).await,
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
async fn a_bucket_goes_when_it_is_empty() {
    let store = Store::start().await;
    store.put("a/b", "x").await;
    let full = store.ask("DELETE", "/releases", &[], "").await;
    assert_refused(&full, 409, "BucketNotEmpty");
    store.ask("DELETE", "/releases/a/b", &[], "").await;
    let gone = store.ask("DELETE", "/releases", &[], "").await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    let again = store.ask("DELETE", "/releases", &[], "").await;
    assert_refused(&again, 404, "NoSuchBucket");
}

#[tokio::test]
async fn what_clients_ask_of_a_bucket_on_their_own_is_answered() {
    let store = Store::start().await;
    let head = store.ask("HEAD", "/releases", &[], "").await;
    assert_eq!(head.header("x-amz-bucket-region"), "us-east-1");
    let versioning = store.ask("GET", "/releases?versioning", &[], "").await;
    assert!(
        versioning
            .text()
            .contains("<VersioningConfiguration xmlns=")
    );
    let elsewhere = "<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>";
    let refused = store.ask("PUT", "/elsewhere", &[], elsewhere).await;
    assert_refused(&refused, 400, "InvalidLocationConstraint");
    for bucket in ["/other-b", "/other-a"] {
        store.ask("PUT", bucket, &[], "").await;
    }
    let (mut names, mut token) = (Vec::new(), String::new());
    loop {
        let target = format!("/?prefix=other-&max-buckets=1{token}");
        let page = store.ask("GET", &target, &[], "").await;
        names.extend(all(page.text(), "Name"));
        let Some(next) = all(page.text(), "ContinuationToken").pop() else {
            break;
        };
        token = format!("&continuation-token={next}");
    }
    assert_eq!(names, ["other-a", "other-b"]);
}

#[tokio::test]
async fn the_first_version_of_listing_goes_by_markers() {
    let store = Store::start().await;
    for key in ["a", "b/1", "b/2", "c/1", "d"] {
        store.put(key, "hello").await;
    }
    let (mut seen, mut marker) = (Vec::new(), String::new());
    loop {
        let target = format!("/releases?delimiter=/&max-keys=2{marker}");
        let page = store.ask("GET", &target, &[], "").await;
        seen.extend(all(page.text(), "Key"));
        seen.extend(all(page.text(), "CommonPrefixes"));
        let Some(next) = all(page.text(), "NextMarker").pop() else {
            break;
        };
        marker = format!("&marker={next}");
    }
    let expected = ["a", "<Prefix>b/</Prefix>", "d", "<Prefix>c/</Prefix>"];
    assert_eq!(seen, expected);
    let plain = store.ask("GET", "/releases?max-keys=2", &[], "").await;
    assert_eq!(all(plain.text(), "IsTruncated"), ["true"]);
    assert!(all(plain.text(), "NextMarker").is_empty());
    assert_eq!(all(plain.text(), "Owner").len(), 2);
}
