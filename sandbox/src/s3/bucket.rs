//! Buckets: the little that clients do with them.

use std::sync::Arc;

use http::{HeaderValue, Response, StatusCode, header};
use serde::Serialize;

use super::document::Document;
use super::error::S3Error;
use super::name::Bucket;
use super::reply::{blocking, empty};
use super::store::Store;
use crate::wire::http::Body;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Line {
    name: String,
    creation_date: String,
}

/// `ListBuckets`. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html>
pub(super) async fn list(store: &Arc<Store>) -> Result<Response<Body>, S3Error> {
    let found = blocking(store, Store::buckets).await?;
    let mut buckets = Document::default();
    for (bucket, created) in found {
        let line = Line {
            name: bucket.as_str().to_owned(),
            creation_date: format!("{created:.3}"),
        };
        buckets.add("Bucket", &line)?;
    }
    Ok(buckets.inside("Buckets").respond("ListAllMyBucketsResult"))
}

/// `CreateBucket`. The location in its body, if any, is not looked at: the sandbox is one region.
pub(super) async fn create(store: &Arc<Store>, bucket: Bucket) -> Result<Response<Body>, S3Error> {
    let location = HeaderValue::from_str(&format!("/{}", bucket.as_str()));
    blocking(store, move |store| store.create_bucket(&bucket)).await?;
    let mut response = empty(StatusCode::OK);
    if let Ok(location) = location {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// `HeadBucket`.
pub(super) async fn head(store: &Arc<Store>, bucket: Bucket) -> Result<Response<Body>, S3Error> {
    blocking(store, move |store| store.require(&bucket)).await?;
    Ok(empty(StatusCode::OK))
}

/// `GetBucketLocation`: empty, which is how S3 says us-east-1.
pub(super) async fn location(
    store: &Arc<Store>,
    bucket: Bucket,
) -> Result<Response<Body>, S3Error> {
    blocking(store, move |store| store.require(&bucket)).await?;
    Ok(Document::default().respond("LocationConstraint"))
}
