//! Answers one request: recognise the operation, perform it, turn a refusal into S3's error document.

use std::sync::Arc;

use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode, header};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde::Serialize;
use uuid::Uuid;

use super::call::Call;
use super::error::S3Error;
use super::recognise::recognise;
use super::reply::{empty, quoted};
use super::store::Store;
use super::{attributes, bucket, copy, delete, document, get, list, multipart, put};
use crate::cloud::Clock;
use crate::names::REGION;
use crate::wire::error::ApiError;
use crate::wire::http::Body;
use crate::wire::xml::printable;

/// How much of a body is read past a refusal, so that a client which is still sending gets to read the answer.
const MAX_DRAIN: usize = 8 * 1024 * 1024;

/// Answers one request. `admit` is told the operation's name once it is known, and may refuse it in S3's name.
pub(crate) async fn answer(
    store: &Arc<Store>,
    head: &Parts,
    mut body: Incoming,
    admit: impl FnOnce(&'static str) -> Option<ApiError>,
) -> Response<Body> {
    let request_id = Uuid::new_v4().simple().to_string().to_uppercase();
    // Clients sign with the machine's time, and a clock that only counts on stands still while a laptop sleeps.
    let now = Clock::start().now();
    let answered = match recognise(head, now) {
        Ok(call) => {
            let refused = admit(call.name());
            match refused {
                Some(error) => Err(S3Error::Busy(error)),
                None => perform(store, call, head, &mut body).await,
            }
        }
        Err(error) => Err(error),
    };
    let mut response = answered.unwrap_or_else(|error| refusal(&error, head, &request_id));
    // A client that waits for leave to send its body must not be given it after the refusal.
    if !head.headers.contains_key(header::EXPECT) {
        drain(&mut body).await;
    }
    if let Ok(id) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert("x-amz-id-2", id.clone());
        response.headers_mut().insert("x-amz-request-id", id);
    }
    response
}

async fn perform(
    store: &Arc<Store>,
    call: Call,
    head: &Parts,
    body: &mut Incoming,
) -> Result<Response<Body>, S3Error> {
    match call {
        Call::ListBuckets(page) => bucket::list(store, page).await,
        Call::CreateBucket(bucket) => bucket::create(store, bucket, head, body).await,
        Call::DeleteBucket(bucket) => bucket::delete(store, bucket).await,
        Call::HeadBucket(bucket) => bucket::head(store, bucket).await,
        Call::GetBucketLocation(bucket) => bucket::location(store, bucket).await,
        Call::GetBucketVersioning(bucket) => bucket::versioning(store, bucket).await,
        Call::ListObjects(bucket, listing) => list::list_old(store, bucket, listing).await,
        Call::ListObjectsV2(bucket, listing) => list::list(store, bucket, listing).await,
        Call::DeleteObjects(bucket) => delete::many(store, bucket, head, body).await,
        Call::GetObject(object, reading) | Call::HeadObject(object, reading) => {
            get::get(store, object, reading, head).await
        }
        Call::GetObjectAttributes(object) => attributes::get(store, object, head).await,
        Call::PutObject(object) => put::put(store, object, head, body).await,
        Call::CopyObject(object, source) => copy::copy(store, object, source, head).await,
        Call::DeleteObject(object) => delete::one(store, object, head).await,
        multipart => perform_multipart(store, multipart, head, body).await,
    }
}

async fn perform_multipart(
    store: &Arc<Store>,
    call: Call,
    head: &Parts,
    body: &mut Incoming,
) -> Result<Response<Body>, S3Error> {
    match call {
        Call::CreateMultipartUpload(object) => multipart::begin(store, object, head).await,
        Call::UploadPart(part) => multipart::upload(store, part, head, body).await,
        Call::UploadPartCopy(part, source) => multipart::copy(store, part, source).await,
        Call::CompleteMultipartUpload(upload) => {
            multipart::complete(store, upload, head, body).await
        }
        Call::AbortMultipartUpload(upload) => multipart::abort(store, upload).await,
        Call::ListParts(upload, asked) => multipart::list_parts(store, upload, asked).await,
        Call::ListMultipartUploads(bucket, asked) => multipart::list(store, bucket, asked).await,
        other => Err(S3Error::NotImplemented(other.name().to_owned())),
    }
}

async fn drain(body: &mut Incoming) {
    let mut drained = 0;
    while let Some(Ok(frame)) = body.frame().await {
        drained += frame.data_ref().map_or(0, bytes::Bytes::len);
        if drained > MAX_DRAIN {
            return;
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ErrorMembers<'a> {
    code: &'static str,
    message: String,
    condition: Option<&'static str>,
    bucket_name: Option<&'a str>,
    key: Option<&'a str>,
    upload_id: Option<&'a str>,
    region: Option<&'static str>,
    resource: String,
    request_id: &'a str,
    host_id: &'a str,
}

/// The answer to a refused request; to HEAD and for 304 it has no body.
fn refusal(error: &S3Error, head: &Parts, request_id: &str) -> Response<Body> {
    tracing::debug!(method = %head.method, uri = %head.uri, %error, "refused");
    let members = ErrorMembers {
        code: error.code(),
        message: printable(&error.to_string()),
        condition: match error {
            S3Error::PreconditionFailed(condition) => Some(condition),
            _ => None,
        },
        bucket_name: match error {
            S3Error::NoSuchBucket(name) | S3Error::BucketNotEmpty(name) => Some(name),
            _ => None,
        },
        key: match error {
            S3Error::NoSuchKey(key) => Some(key),
            _ => None,
        },
        upload_id: match error {
            S3Error::NoSuchUpload(id) => Some(id),
            _ => None,
        },
        // Clients read off it where to ask again.
        region: matches!(
            error,
            S3Error::WrongRegion(_) | S3Error::WrongRegionInQuery(_)
        )
        .then_some(REGION),
        resource: printable(head.uri.path()),
        request_id,
        host_id: request_id,
    };
    let silent = head.method == Method::HEAD || error.status() == StatusCode::NOT_MODIFIED;
    let mut response = match document::error_document(&members) {
        Ok(response) if !silent => response,
        Ok(_) | Err(_) => empty(error.status()),
    };
    *response.status_mut() = error.status();
    match error {
        S3Error::WrongRegion(_) | S3Error::WrongRegionInQuery(_) => {
            let region = HeaderValue::from_static(REGION);
            response.headers_mut().insert("x-amz-bucket-region", region);
        }
        S3Error::NotModified { etag } => {
            response.headers_mut().insert(header::ETAG, quoted(etag));
        }
        S3Error::InvalidRange { size } => {
            if let Ok(range) = HeaderValue::from_str(&format!("bytes */{size}")) {
                response.headers_mut().insert(header::CONTENT_RANGE, range);
            }
        }
        _ => {}
    }
    response
}
