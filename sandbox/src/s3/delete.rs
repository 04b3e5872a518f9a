//! `DeleteObject` and `DeleteObjects`; some clients only ever use the second.

use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use http::{Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use quick_xml::Reader;
use quick_xml::events::Event;
use serde::Serialize;

use super::checksum::{Claims, Hasher};
use super::condition::Tags;
use super::document::Document;
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
    let body = read(head, body).await?;
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

async fn read(head: &Parts, body: &mut Incoming) -> Result<Bytes, S3Error> {
    let claims = Claims::parse(&head.headers)?;
    let body = match Limited::new(body, MAX_BODY).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => return Err(S3Error::MalformedXml(error.to_string())),
    };
    let mut hasher = Hasher::default();
    hasher.update(&body);
    claims.check(&hasher.finish())?;
    Ok(body)
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Request {
    keys: Vec<String>,
    quiet: bool,
}

fn parse(body: &[u8]) -> Result<Request, S3Error> {
    let mut reader = Reader::from_reader(body);
    let mut request = Request::default();
    let mut path: Vec<Vec<u8>> = Vec::new();
    let mut text = String::new();
    loop {
        match reader.read_event().map_err(malformed)? {
            Event::Start(tag) => {
                path.push(tag.local_name().as_ref().to_vec());
                text.clear();
            }
            Event::Text(piece) => text += &piece.decode().map_err(malformed)?,
            Event::CData(piece) => text += &piece.decode().map_err(malformed)?,
            Event::GeneralRef(reference) => text.push_str(&resolve(&reference)?),
            Event::End(_) => {
                request.take(&path, std::mem::take(&mut text))?;
                path.pop();
            }
            Event::Eof if path.is_empty() => return Ok(request),
            Event::Eof => return Err(malformed("it ends too early")),
            Event::DocType(_) | Event::Empty(_) => return Err(malformed("an unexpected part")),
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
        }
    }
}

fn malformed<E: std::fmt::Display>(reason: E) -> S3Error {
    S3Error::MalformedXml(format!("{reason}"))
}

fn resolve(reference: &quick_xml::events::BytesRef<'_>) -> Result<String, S3Error> {
    if let Some(character) = reference.resolve_char_ref().map_err(malformed)? {
        return Ok(character.to_string());
    }
    let name = reference.decode().map_err(malformed)?;
    quick_xml::escape::resolve_predefined_entity(&name)
        .map(str::to_owned)
        .ok_or_else(|| malformed(format!("the unknown entity {name}")))
}

impl Request {
    /// Takes the element that has just ended.
    fn take(&mut self, path: &[Vec<u8>], text: String) -> Result<(), S3Error> {
        let path: Vec<&[u8]> = path.iter().map(Vec::as_slice).collect();
        match path.as_slice() {
            [b"Delete", b"Object", b"Key"] if self.keys.len() == MAX_KEYS => {
                return Err(malformed(format!("more than {MAX_KEYS} keys")));
            }
            [b"Delete", b"Object", b"Key"] => self.keys.push(text),
            [b"Delete", b"Quiet"] => self.quiet = text == "true",
            [b"Delete"] | [b"Delete", b"Object"] => {}
            other => {
                let name = other.last().map(|name| String::from_utf8_lossy(name));
                let what = format!("{} in DeleteObjects", name.unwrap_or_default());
                return Err(S3Error::NotImplemented(what));
            }
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
