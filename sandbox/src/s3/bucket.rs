//! Buckets: what clients do with them, often on their own account.

use std::sync::Arc;

use http::request::Parts;
use http::{HeaderValue, Response, StatusCode, header};
use hyper::body::Incoming;
use serde::Serialize;

use super::checksum::Claims;
use super::document::{Document, owner};
use super::elements::{elements, read_document, unmodelled};
use super::error::S3Error;
use super::name::Bucket;
use super::page::{BucketPage, token_after};
use super::reply::{blocking, empty};
use super::store::Store;
use crate::names::REGION;
use crate::wire::http::Body;

/// A bucket's configuration is a line or two.
const MAX_BODY: usize = 64 * 1024;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Line {
    name: String,
    creation_date: String,
    bucket_region: &'static str,
}

/// `ListBuckets`. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html>
pub(super) async fn list(store: &Arc<Store>, page: BucketPage) -> Result<Response<Body>, S3Error> {
    let mut found = blocking(store, Store::buckets).await?;
    let elsewhere = page.region.is_some_and(|region| region != REGION);
    found.retain(|(bucket, _)| {
        let name = bucket.as_str();
        let told = page.after.as_deref().is_some_and(|after| name <= after);
        name.starts_with(&page.prefix) && !told && !elsewhere
    });
    let more = found.len() > page.max;
    found.truncate(page.max);
    let mut buckets = Document::default();
    for (bucket, created) in &found {
        let line = Line {
            name: bucket.as_str().to_owned(),
            creation_date: format!("{created:.3}"),
            bucket_region: REGION,
        };
        buckets.add("Bucket", &line)?;
    }
    let mut listed = Document::default();
    listed.add("Owner", &owner())?;
    listed.append(&buckets.inside("Buckets"));
    if let Some((last, _)) = found.last().filter(|_| more) {
        listed.add_text("ContinuationToken", &token_after(last.as_str()))?;
    }
    if !page.prefix.is_empty() {
        listed.add_text("Prefix", &page.prefix)?;
    }
    Ok(listed.respond("ListAllMyBucketsResult"))
}

/// `CreateBucket`. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html>
pub(super) async fn create(
    store: &Arc<Store>,
    bucket: Bucket,
    head: &Parts,
    body: &mut Incoming,
) -> Result<Response<Body>, S3Error> {
    let claims = Claims::parse(&head.headers)?;
    check_location(&read_document(&claims, body, MAX_BODY).await?)?;
    let location = HeaderValue::from_str(&format!("/{}", bucket.as_str()));
    blocking(store, move |store| store.create_bucket(&bucket)).await?;
    let mut response = empty(StatusCode::OK);
    if let Ok(location) = location {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// In us-east-1 no location is said, and the sandbox has no other region.
fn check_location(body: &[u8]) -> Result<(), S3Error> {
    elements(body, |path, text| match path {
        [b"CreateBucketConfiguration", b"LocationConstraint"] if text.is_empty() => Ok(()),
        [b"CreateBucketConfiguration", b"LocationConstraint"] => {
            Err(S3Error::InvalidLocationConstraint(text))
        }
        [b"CreateBucketConfiguration"] => Ok(()),
        other => Err(unmodelled(other, "CreateBucket")),
    })
}

/// `DeleteBucket`.
pub(super) async fn delete(store: &Arc<Store>, bucket: Bucket) -> Result<Response<Body>, S3Error> {
    blocking(store, move |store| store.delete_bucket(&bucket)).await?;
    Ok(empty(StatusCode::NO_CONTENT))
}

/// `HeadBucket`. Clients read the region off it.
pub(super) async fn head(store: &Arc<Store>, bucket: Bucket) -> Result<Response<Body>, S3Error> {
    blocking(store, move |store| store.require(&bucket)).await?;
    let mut response = empty(StatusCode::OK);
    let headers = response.headers_mut();
    headers.insert("x-amz-bucket-region", HeaderValue::from_static(REGION));
    let alias = HeaderValue::from_static("false");
    headers.insert("x-amz-access-point-alias", alias);
    Ok(response)
}

/// `GetBucketLocation`: empty, which is how S3 says us-east-1.
pub(super) async fn location(
    store: &Arc<Store>,
    bucket: Bucket,
) -> Result<Response<Body>, S3Error> {
    blocking(store, move |store| store.require(&bucket)).await?;
    Ok(Document::default().respond("LocationConstraint"))
}

/// `GetBucketVersioning`: empty, which is how S3 says that it was never switched on.
pub(super) async fn versioning(
    store: &Arc<Store>,
    bucket: Bucket,
) -> Result<Response<Body>, S3Error> {
    blocking(store, move |store| store.require(&bucket)).await?;
    Ok(Document::default().respond("VersioningConfiguration"))
}
