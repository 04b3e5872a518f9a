//! `DeleteObject` and `DeleteObjects`; some clients only ever use the second.

use std::sync::Arc;

use http::request::Parts;
use http::{Response, StatusCode};
use hyper::body::Incoming;
use serde::Serialize;

use super::checksum::Claims;
use super::condition::Tags;
use super::document::Document;
use super::elements::{elements, malformed, read_document, unmodelled};
use super::error::S3Error;
use super::name::{Bucket, Key, Object};
use super::reply::{blocking, empty};
use super::store::Store;
use crate::wire::http::Body;

/// A thousand keys, which is S3's limit, of the greatest length, with every character escaped.
const MAX_BODY: usize = 8 * 1024 * 1024;

/// S3's limit.
const MAX_KEYS: usize = 1000;

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html>
pub(super) async fn one(
    store: &Arc<Store>,
    object: Object,
    head: &Parts,
) -> Result<Response<Body>, S3Error> {
    let tags = Tags::if_match(&head.headers);
    blocking(store, move |store| store.delete(&object, tags.as_ref())).await?;
    Ok(empty(StatusCode::NO_CONTENT))
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Deleted<'a> {
    key: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Failed<'a> {
    key: &'a str,
    code: &'static str,
    message: String,
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html>
pub(super) async fn many(
    store: &Arc<Store>,
    bucket: Bucket,
    head: &Parts,
    body: &mut Incoming,
) -> Result<Response<Body>, S3Error> {
    let claims = Claims::parse(&head.headers)?;
    let body = read_document(&claims, body, MAX_BODY).await?;
    let request = parse(&body)?;
    let told = blocking(store, move |store| delete_all(store, &bucket, request)).await?;
    Ok(told.respond("DeleteResult"))
}

fn delete_all(store: &Store, bucket: &Bucket, request: Request) -> Result<Document, S3Error> {
    store.require(bucket)?;
    let mut told = Document::default();
    for name in request.keys {
        let deleted = Key::parse(&name).and_then(|key| {
            let bucket = bucket.clone();
            store.delete(&Object { bucket, key }, None)
        });
        match deleted {
            Ok(()) if request.quiet => {}
            Ok(()) => told.add("Deleted", &Deleted { key: &name })?,
            Err(error) => {
                let (code, message) = (error.code(), error.to_string());
                told.add(
                    "Error",
                    &Failed {
                        key: &name,
                        code,
                        message,
                    },
                )?;
            }
        }
    }
    Ok(told)
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Request {
    keys: Vec<String>,
    quiet: bool,
}

fn parse(body: &[u8]) -> Result<Request, S3Error> {
    let mut request = Request::default();
    elements(body, |path, text| request.take(path, text))?;
    Ok(request)
}

impl Request {
    /// Takes the element that has just ended.
    fn take(&mut self, path: &[&[u8]], text: String) -> Result<(), S3Error> {
        match path {
            [b"Delete", b"Object", b"Key"] if self.keys.len() == MAX_KEYS => {
                return Err(malformed(format!("more than {MAX_KEYS} keys")));
            }
            [b"Delete", b"Object", b"Key"] => self.keys.push(text),
            [b"Delete", b"Quiet"] => self.quiet = text == "true",
            [b"Delete"] | [b"Delete", b"Object"] => {}
            other => return Err(unmodelled(other, "DeleteObjects")),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_with_their_escapes() {
        let body = "<?xml version=\"1.0\"?><Delete xmlns=\"x\"><Object><Key>a&amp;b/&#x63;</Key></Object>\
                    <Quiet>true</Quiet><Object><Key> d</Key></Object></Delete>";
        let request = parse(body.as_bytes()).unwrap();
        let keys = vec!["a&b/c".to_owned(), " d".to_owned()];
        assert_eq!(request, Request { keys, quiet: true });
    }

    #[test]
    fn what_is_not_a_delete_request_is_refused() {
        for body in [
            "<Delete>",
            "<Delete><Object></Delete>",
            "<Delete><Object><VersionId>1</VersionId></Object></Delete>",
            "<!DOCTYPE d [<!ENTITY e \"x\">]><Delete/>",
            "<Delete><Object><Key>&e;</Key></Object></Delete>",
        ] {
            assert!(parse(body.as_bytes()).is_err(), "{body}");
        }
        let many = format!(
            "<Delete>{}</Delete>",
            "<Object><Key>a</Key></Object>".repeat(1001)
        );
        assert!(parse(many.as_bytes()).is_err());
    }
}
