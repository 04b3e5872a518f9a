//! `PutObject`: stage, verify, then put in place if the condition holds.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html>

use std::sync::Arc;

use http::request::Parts;
use http::{HeaderMap, HeaderValue, Response, header};
use hyper::body::Incoming;
use tokio::fs::File;

use super::algorithm::{Algorithm, Checksum};
use super::checksum::Claims;
use super::condition::WriteCondition;
use super::error::S3Error;
use super::headers::described;
use super::name::Object;
use super::note::Note;
use super::receive::receive;
use super::reply::{blocking, quoted};
use super::store::Store;
use crate::wire::http::{Body, full};

pub(super) async fn put(
    store: &Arc<Store>,
    object: Object,
    head: &Parts,
    body: &mut Incoming,
) -> Result<Response<Body>, S3Error> {
    let condition = WriteCondition::parse(&head.headers)?;
    let headers = described(&head.headers)?;
    let claims = Claims::parse(&head.headers)?;
    store.require(&object.bucket)?;
    let (staged, file) = blocking(store, Store::stage).await?;
    let file = File::from_std(file);
    let usual = Algorithm::Crc64Nvme;
    let digests = receive(&head.headers, claims, usual, body, file).await?;
    let (etag, checksum) = (hex::encode(&digests.md5), digests.checksum());
    let mut response = Response::new(full(""));
    response.headers_mut().insert(header::ETAG, quoted(&etag));
    tell_checksum(response.headers_mut(), &checksum);
    let note = Note {
        etag,
        headers,
        checksum: Some(checksum),
        parts: Vec::new(),
    };
    blocking(store, move |store| {
        store.commit(&object, &staged, note, &condition)
    })
    .await?;
    Ok(response)
}

/// Adds an object's checksum to the headers of an answer.
pub(super) fn tell_checksum(headers: &mut HeaderMap, checksum: &Checksum) {
    if let Ok(value) = HeaderValue::from_str(&checksum.value) {
        headers.insert(checksum.algorithm.header(), value);
        let kind = HeaderValue::from_static(checksum.kind.name());
        headers.insert("x-amz-checksum-type", kind);
    }
}
