//! `PutObject`: stage, verify, then put in place if the condition holds.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html>

use std::sync::Arc;

use http::request::Parts;
use http::{HeaderValue, Response, header};
use hyper::body::Incoming;
use tokio::fs::File;

use super::condition::WriteCondition;
use super::error::S3Error;
use super::name::Object;
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
    store.require(&object.bucket)?;
    let (staged, file) = blocking(store, Store::stage).await?;
    let (digests, claims) = receive(&head.headers, body, File::from_std(file)).await?;
    let etag = hex::encode(&digests.md5);
    let mut response = Response::new(full(""));
    response.headers_mut().insert(header::ETAG, quoted(&etag));
    for (name, digest) in claims.echoes() {
        if let Ok(digest) = HeaderValue::from_str(digest) {
            response.headers_mut().insert(name, digest);
        }
    }
    blocking(store, move |store| {
        store.commit(&object, &staged, &etag, &condition)
    })
    .await?;
    Ok(response)
}
