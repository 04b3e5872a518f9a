//! Multipart uploads: what is accepted, what is refused, and what the object is at the end.

use http::StatusCode;
use md5::{Digest, Md5};

use crate::stage::{Store, all, assert_refused};
use crate::wire_support::Answer;

/// The least size of a part that is not the last.
const LEAST: usize = 5 * 1024 * 1024;

struct Upload<'a> {
    store: &'a Store,
    target: String,
}

impl<'a> Upload<'a> {
    async fn begin(store: &'a Store, headers: &[(&str, &str)]) -> Self {
        let begun = store.ask("POST", "/releases/o?uploads", headers, "").await;
        assert_eq!(begun.status, StatusCode::OK, "{}", begun.text());
        let id = all(begun.text(), "UploadId").remove(0);
        let target = format!("/releases/o?uploadId={id}");
        Self { store, target }
    }

    async fn put(&self, number: usize, body: impl Into<bytes::Bytes>) -> Answer {
        let target = format!("{}&partNumber={number}", self.target);
        self.store.ask("PUT", &target, &[], body).await
    }

    async fn complete(&self, parts: &[(usize, &str)], headers: &[(&str, &str)]) -> Answer {
        let part = |(number, tag): &(usize, &str)| {
            format!("<Part><PartNumber>{number}</PartNumber><ETag>{tag}</ETag></Part>")
        };
        let parts: Vec<_> = parts.iter().map(part).collect();
        let parts = parts.concat();
        let body = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
        self.store.ask("POST", &self.target, headers, body).await
    }
}

#[tokio::test]
async fn parts_in_any_order_become_one_object_with_its_headers() {
    let store = Store::start().await;
    let said = [("x-amz-meta-commit", "0123"), ("content-type", "a/b")];
    let upload = Upload::begin(&store, &said).await;
    let large = vec![b'a'; LEAST];
    let second = upload.put(7, "the end").await.header("etag").to_owned();
    upload.put(2, "replaced").await;
    let first = upload.put(2, large.clone()).await.header("etag").to_owned();
    assert_eq!(store.keys("").await, Vec::<String>::new());

    let parts = [(2, first.as_str()), (7, second.as_str())];
    let done = upload.complete(&parts, &[]).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text());
    let digests = [Md5::digest(&large), Md5::digest("the end")].concat();
    let tag = format!("\"{}-2\"", hex::encode(Md5::digest(digests)));
    assert_eq!(all(done.text(), "ETag"), [tag.as_str()]);
    let get = store.get("o", &[]).await;
    assert_eq!(get.body, [&large[..], b"the end"].concat());
    assert_eq!(get.header("etag"), tag);
    assert_eq!(get.header("x-amz-meta-commit"), "0123");
    assert_eq!(get.header("content-type"), "a/b");
    assert_eq!(store.leftovers(), 0);
    assert_refused(&upload.put(1, "late").await, 404, "NoSuchUpload");

    let part = store.ask("GET", "/releases/o?partNumber=7", &[], "").await;
    assert_eq!((part.status.as_u16(), part.text()), (206, "the end"));
    assert_eq!(part.header("x-amz-mp-parts-count"), "2");
    let gap = store.ask("GET", "/releases/o?partNumber=3", &[], "").await;
    assert_refused(&gap, 416, "InvalidPartNumber");
}

#[tokio::test]
async fn what_is_not_the_upload_is_refused_and_changes_nothing() {
    let store = Store::start().await;
    let upload = Upload::begin(&store, &[]).await;
    let small = upload.put(1, "small").await.header("etag").to_owned();
    let last = upload.put(2, "last").await.header("etag").to_owned();
    for (parts, code) in [
        (
            &[(1, small.as_str()), (2, last.as_str())][..],
            "EntityTooSmall",
        ),
        (&[(2, &last), (1, &small)], "InvalidPartOrder"),
        (&[(1, &small), (1, &small)], "InvalidPartOrder"),
        (&[(1, &last)], "InvalidPart"),
        (&[(3, &last)], "InvalidPart"),
        (&[], "MalformedXML"),
    ] {
        let answer = upload.complete(parts, &[]).await;
        assert_eq!(all(answer.text(), "Code"), [code], "{parts:?}");
    }
    for number in [0, 10_001] {
        assert_refused(&upload.put(number, "x").await, 400, "InvalidArgument");
    }
    for (headers, code) in [
        (("x-amz-mp-object-size", "4"), "InvalidRequest"),
        (("x-amz-checksum-crc64nvme", "AAAAAAAAAAA="), "BadDigest"),
        (("x-amz-checksum-type", "COMPOSITE"), "InvalidRequest"),
    ] {
        let answer = upload.complete(&[(1, &small)], &[headers]).await;
        assert_refused(&answer, 400, code);
    }
    let missing = [("if-match", "\"other\"")];
    let answer = upload.complete(&[(1, &small)], &missing).await;
    assert_refused(&answer, 404, "NoSuchKey");
    assert!(store.keys("").await.is_empty());

    let aborted = store.ask("DELETE", &upload.target, &[], "").await;
    assert_eq!(aborted.status, StatusCode::NO_CONTENT);
    assert_eq!(store.leftovers(), 0);
    let again = upload.complete(&[(1, &small)], &[]).await;
    assert_refused(&again, 404, "NoSuchUpload");
}

#[tokio::test]
async fn of_two_uploads_that_create_one_key_one_wins() {
    let store = Store::start().await;
    let create = [("if-none-match", "*")];
    let first = Upload::begin(&store, &[]).await;
    let second = Upload::begin(&store, &[]).await;
    let tag = first.put(1, "first").await.header("etag").to_owned();
    let won = first.complete(&[(1, &tag)], &create).await;
    assert_eq!(won.status, StatusCode::OK);
    let tag = second.put(1, "second").await.header("etag").to_owned();
    let lost = second.complete(&[(1, &tag)], &create).await;
    assert_refused(&lost, 412, "PreconditionFailed");
    assert_eq!(store.get("o", &[]).await.text(), "first");
    let etag = all(won.text(), "ETag").remove(0);
    let replaced = second.complete(&[(1, &tag)], &[("if-match", &etag)]).await;
    assert_eq!(replaced.status, StatusCode::OK, "{}", replaced.text());
}

#[tokio::test]
async fn parts_and_uploads_are_listed_page_by_page() {
    let store = Store::start().await;
    let upload = Upload::begin(&store, &[]).await;
    // Of one key, told in the order in which they began, whatever their ids are.
    let mut others = Vec::new();
    for _ in 0..5 {
        others.push(Upload::begin(&store, &[]).await.target);
    }
    for number in [1, 2, 5] {
        upload.put(number, format!("part {number}")).await;
    }
    let page = format!("{}&max-parts=2", upload.target);
    let first = store.ask("GET", &page, &[], "").await;
    assert_eq!(all(first.text(), "PartNumber"), ["1", "2"]);
    assert_eq!(all(first.text(), "IsTruncated"), ["true"]);
    let page = format!("{page}&part-number-marker=2");
    let second = store.ask("GET", &page, &[], "").await;
    assert_eq!(all(second.text(), "PartNumber"), ["5"]);
    assert_eq!(all(second.text(), "IsTruncated"), ["false"]);

    let mut ids = Vec::new();
    let mut marker = String::new();
    loop {
        let target = format!("/releases?uploads&max-uploads=1{marker}");
        let page = store.ask("GET", &target, &[], "").await;
        ids.extend(all(page.text(), "UploadId"));
        let Some(next) = all(page.text(), "NextUploadIdMarker").pop() else {
            break;
        };
        let key = all(page.text(), "NextKeyMarker").remove(0);
        marker = format!("&key-marker={key}&upload-id-marker={next}");
    }
    let targets: Vec<_> = ids
        .iter()
        .map(|id| format!("/releases/o?uploadId={id}"))
        .collect();
    assert_eq!(targets, [&[upload.target][..], &others[..]].concat());
}

#[tokio::test]
async fn a_checksum_of_checksums_wants_each_of_them() {
    let store = Store::start().await;
    let upload = Upload::begin(&store, &[("x-amz-checksum-algorithm", "SHA256")]).await;
    let put = upload.put(1, "the whole").await;
    let (tag, sum) = (put.header("etag"), put.header("x-amz-checksum-sha256"));
    let answer = upload.complete(&[(1, tag)], &[]).await;
    assert_refused(&answer, 400, "InvalidRequest");
    let message = "The upload was created using a sha256 checksum. The complete request must include the checksum for \
                   each part. It was missing for part 1 in the request.";
    assert_eq!(all(answer.text(), "Message"), [message]);
    let body = format!(
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{tag}</ETag>\
         <ChecksumSHA256>{sum}</ChecksumSHA256></Part></CompleteMultipartUpload>"
    );
    let done = store.ask("POST", &upload.target, &[], body).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text());
    let enabled = [("x-amz-checksum-mode", "ENABLED")];
    for method in ["GET", "HEAD"] {
        let part = store
            .ask(method, "/releases/o?partNumber=1", &enabled, "")
            .await;
        assert_eq!(part.header("x-amz-checksum-sha256"), sum);
        assert_eq!(part.header("x-amz-checksum-type"), "COMPOSITE");
    }
}
