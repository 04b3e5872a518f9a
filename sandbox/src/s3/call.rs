//! Recognises the operation in a request's method, path and query. Pure. Sub-resources that are not modelled are refused by name.

use std::collections::BTreeMap;

use http::Method;
use http::request::Parts;

use super::error::S3Error;
use super::headers;
use super::name::{self, Bucket, Object};
use super::page::Listing;
use crate::wire::form;

/// One operation with what the request's head says about it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Call {
    ListBuckets,
    CreateBucket(Bucket),
    HeadBucket(Bucket),
    GetBucketLocation(Bucket),
    ListObjectsV2(Bucket, Listing),
    DeleteObjects(Bucket),
    GetObject(Object),
    HeadObject(Object),
    PutObject(Object),
    DeleteObject(Object),
}

/// The decoded query of a request.
pub(super) type Query = BTreeMap<String, String>;

impl Call {
    pub(super) fn parse(head: &Parts) -> Result<Self, S3Error> {
        let query = parse_query(head.uri.query().unwrap_or_default())?;
        require_signature(head, &query)?;
        headers::check(&head.headers)?;
        match name::parse_path(head.uri.path())? {
            (Some(bucket), Some(key)) => object_call(&head.method, Object { bucket, key }, &query),
            (Some(bucket), None) => bucket_call(&head.method, bucket, &query),
            (None, _) => service_call(&head.method, &query),
        }
    }

    /// The operation's name in S3's API.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::ListBuckets => "ListBuckets",
            Self::CreateBucket(_) => "CreateBucket",
            Self::HeadBucket(_) => "HeadBucket",
            Self::GetBucketLocation(_) => "GetBucketLocation",
            Self::ListObjectsV2(..) => "ListObjectsV2",
            Self::DeleteObjects(_) => "DeleteObjects",
            Self::GetObject(_) => "GetObject",
            Self::HeadObject(_) => "HeadObject",
            Self::PutObject(_) => "PutObject",
            Self::DeleteObject(_) => "DeleteObject",
        }
    }
}

fn service_call(method: &Method, query: &Query) -> Result<Call, S3Error> {
    only(query, &[])?;
    match *method {
        Method::GET => Ok(Call::ListBuckets),
        _ => Err(S3Error::MethodNotAllowed(method.to_string())),
    }
}

fn bucket_call(method: &Method, bucket: Bucket, query: &Query) -> Result<Call, S3Error> {
    match *method {
        Method::GET if query.contains_key("location") => {
            only(query, &["location"])?;
            Ok(Call::GetBucketLocation(bucket))
        }
        Method::GET if query.get("list-type").is_some_and(|kind| kind == "2") => {
            only(query, &Listing::PARAMETERS)?;
            Ok(Call::ListObjectsV2(bucket, Listing::parse(query)?))
        }
        Method::POST if query.contains_key("delete") => {
            only(query, &["delete"])?;
            Ok(Call::DeleteObjects(bucket))
        }
        Method::GET => {
            only(
                query,
                &["prefix", "delimiter", "marker", "max-keys", "encoding-type"],
            )?;
            let old = "ListObjects, only ListObjectsV2";
            Err(S3Error::NotImplemented(old.into()))
        }
        Method::PUT => only(query, &[]).map(|()| Call::CreateBucket(bucket)),
        Method::HEAD => only(query, &[]).map(|()| Call::HeadBucket(bucket)),
        Method::DELETE => Err(S3Error::NotImplemented("DeleteBucket".into())),
        _ => Err(S3Error::MethodNotAllowed(method.to_string())),
    }
}

fn object_call(method: &Method, object: Object, query: &Query) -> Result<Call, S3Error> {
    only(query, &[])?;
    match *method {
        Method::GET => Ok(Call::GetObject(object)),
        Method::HEAD => Ok(Call::HeadObject(object)),
        Method::PUT => Ok(Call::PutObject(object)),
        Method::DELETE => Ok(Call::DeleteObject(object)),
        _ => Err(S3Error::MethodNotAllowed(method.to_string())),
    }
}

fn parse_query(query: &str) -> Result<Query, S3Error> {
    form::pairs(query.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|error| S3Error::InvalidUri(error.to_string()))
}

/// Refuses parameters beyond `known` and those that do not concern the operation.
fn only(query: &Query, known: &[&str]) -> Result<(), S3Error> {
    let beyond = |name: &String| !known.contains(&name.as_str()) && !is_decoration(name);
    match query.keys().find(|name| beyond(name)) {
        None => Ok(()),
        Some(name) => Err(S3Error::NotImplemented(format!(
            "the sub-resource or parameter {name}"
        ))),
    }
}

/// `x-id` is added by SDKs for their logs, the others are the signature of a presigned URL, version 4 or 2.
fn is_decoration(name: &str) -> bool {
    name.starts_with("X-Amz-") || ["x-id", "AWSAccessKeyId", "Expires", "Signature"].contains(&name)
}

/// Any signature will do, none will not: a client without credentials fails on AWS and must fail here.
fn require_signature(head: &Parts, query: &Query) -> Result<(), S3Error> {
    let by_header = head.headers.contains_key(http::header::AUTHORIZATION);
    let by_query = query.contains_key("X-Amz-Signature") || query.contains_key("Signature");
    if by_header || by_query {
        return Ok(());
    }
    Err(S3Error::AccessDenied)
}
