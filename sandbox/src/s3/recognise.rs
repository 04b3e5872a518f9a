//! Recognises the operation in a request's method, path and query. Pure. Sub-resources that are not modelled are refused by name.

use http::Method;
use http::request::Parts as Head;
use jiff::Timestamp;

use super::call::{Call, PartId, Parts, Reading, UploadId, Uploads};
use super::copy_source::CopySource;
use super::error::S3Error;
use super::headers;
use super::name::{self, Bucket, Object};
use super::page::{BucketPage, Listing};
use super::params::Query;
use super::signature;

/// S3's limit for the parts of an upload, and for a page of parts or uploads.
const MAX_PART: u16 = 10_000;
const MAX_PAGE: usize = 1000;

/// Response headers that a reader may choose, and the parameters that do.
const OVERRIDES: [(&str, http::HeaderName); 6] = [
    ("response-cache-control", http::header::CACHE_CONTROL),
    (
        "response-content-disposition",
        http::header::CONTENT_DISPOSITION,
    ),
    ("response-content-encoding", http::header::CONTENT_ENCODING),
    ("response-content-language", http::header::CONTENT_LANGUAGE),
    ("response-content-type", http::header::CONTENT_TYPE),
    ("response-expires", http::header::EXPIRES),
];

/// The operation that a request asks for at the moment `now`.
pub(super) fn recognise(head: &Head, now: Timestamp) -> Result<Call, S3Error> {
    let query = Query::parse(head.uri.query().unwrap_or_default())?;
    signature::check(head, &query, now)?;
    let call = match name::parse_path(head.uri.path())? {
        (Some(bucket), Some(key)) => object_call(head, Object { bucket, key }, &query),
        (Some(bucket), None) => bucket_call(&head.method, bucket, &query),
        (None, _) => service_call(&head.method, &query),
    }?;
    headers::check(&head.headers, call.own_headers())?;
    Ok(call)
}

fn service_call(method: &Method, query: &Query) -> Result<Call, S3Error> {
    match *method {
        Method::GET => {
            query.only(&BucketPage::PARAMETERS)?;
            Ok(Call::ListBuckets(BucketPage::parse(query)?))
        }
        _ => Err(S3Error::MethodNotAllowed(method.to_string())),
    }
}

fn bucket_call(method: &Method, bucket: Bucket, query: &Query) -> Result<Call, S3Error> {
    match *method {
        Method::GET => read_bucket(bucket, query),
        Method::POST if query.has("delete") => {
            query.only(&["delete"])?;
            Ok(Call::DeleteObjects(bucket))
        }
        Method::POST => Err(S3Error::NotImplemented(
            "uploads from an HTML form (POST Object)".to_owned(),
        )),
        Method::PUT => query.only(&[]).map(|()| Call::CreateBucket(bucket)),
        Method::HEAD => query.only(&[]).map(|()| Call::HeadBucket(bucket)),
        Method::DELETE => query.only(&[]).map(|()| Call::DeleteBucket(bucket)),
        _ => Err(S3Error::MethodNotAllowed(method.to_string())),
    }
}

fn read_bucket(bucket: Bucket, query: &Query) -> Result<Call, S3Error> {
    if query.has("location") {
        query.only(&["location"])?;
        return Ok(Call::GetBucketLocation(bucket));
    }
    if query.has("versioning") {
        query.only(&["versioning"])?;
        return Ok(Call::GetBucketVersioning(bucket));
    }
    if query.has("uploads") {
        query.only(&[
            "uploads",
            "prefix",
            "key-marker",
            "upload-id-marker",
            "max-uploads",
            "encoding-type",
        ])?;
        return Ok(Call::ListMultipartUploads(bucket, uploads(query)?));
    }
    match query.get("list-type") {
        Some("2") => {
            query.only(&Listing::PARAMETERS)?;
            Ok(Call::ListObjectsV2(bucket, Listing::parse(query)?))
        }
        Some(_) => Err(S3Error::InvalidArgument("list-type is not 2".into())),
        None => {
            query.only(&Listing::OLD_PARAMETERS)?;
            Ok(Call::ListObjects(bucket, Listing::parse_old(query)?))
        }
    }
}

fn uploads(query: &Query) -> Result<Uploads, S3Error> {
    Ok(Uploads {
        prefix: query.text("prefix"),
        key_marker: query.text("key-marker"),
        id_marker: query.text("upload-id-marker"),
        max: query.count("max-uploads", MAX_PAGE)?,
        url_encoding: query.url_encoding()?,
    })
}

fn object_call(head: &Head, object: Object, query: &Query) -> Result<Call, S3Error> {
    let source = CopySource::parse(&head.headers)?;
    if let Some(id) = query.get("uploadId") {
        let id = id.to_owned();
        return upload_call(&head.method, UploadId { object, id }, query, source);
    }
    match head.method {
        Method::GET if query.has("attributes") => {
            query.only(&["attributes"])?;
            Ok(Call::GetObjectAttributes(object))
        }
        Method::GET => Ok(Call::GetObject(object, reading(query)?)),
        Method::HEAD => Ok(Call::HeadObject(object, reading(query)?)),
        Method::PUT => {
            query.only(&[])?;
            Ok(match source {
                Some(source) => Call::CopyObject(object, source),
                None => Call::PutObject(object),
            })
        }
        Method::POST if query.has("uploads") => {
            query.only(&["uploads"])?;
            Ok(Call::CreateMultipartUpload(object))
        }
        Method::DELETE => query.only(&[]).map(|()| Call::DeleteObject(object)),
        _ => Err(S3Error::MethodNotAllowed(head.method.to_string())),
    }
}

fn upload_call(
    method: &Method,
    upload: UploadId,
    query: &Query,
    source: Option<CopySource>,
) -> Result<Call, S3Error> {
    match *method {
        Method::GET => {
            query.only(&[
                "uploadId",
                "max-parts",
                "part-number-marker",
                "encoding-type",
            ])?;
            Ok(Call::ListParts(upload, parts(query)?))
        }
        Method::PUT => {
            query.only(&["uploadId", "partNumber"])?;
            let number = part_number(query)?.unwrap_or_default();
            let part = PartId { upload, number };
            Ok(match source {
                Some(source) => Call::UploadPartCopy(part, source),
                None => Call::UploadPart(part),
            })
        }
        Method::POST => {
            query.only(&["uploadId"])?;
            Ok(Call::CompleteMultipartUpload(upload))
        }
        Method::DELETE => {
            query.only(&["uploadId"])?;
            Ok(Call::AbortMultipartUpload(upload))
        }
        _ => Err(S3Error::MethodNotAllowed(method.to_string())),
    }
}

fn parts(query: &Query) -> Result<Parts, S3Error> {
    let after = if query.has("part-number-marker") {
        query.count("part-number-marker", usize::from(u16::MAX))?
    } else {
        0
    };
    Ok(Parts {
        after: u16::try_from(after).unwrap_or(u16::MAX),
        max: query.count("max-parts", MAX_PAGE)?,
        url_encoding: query.url_encoding()?,
    })
}

fn part_number(query: &Query) -> Result<Option<u16>, S3Error> {
    let Some(number) = query.get("partNumber") else {
        return Ok(None);
    };
    match number.parse() {
        Ok(number @ 1..=MAX_PART) => Ok(Some(number)),
        Ok(_) | Err(_) => Err(S3Error::InvalidArgument(format!(
            "Part number must be an integer between 1 and {MAX_PART}, inclusive"
        ))),
    }
}

fn reading(query: &Query) -> Result<Reading, S3Error> {
    let overridable = OVERRIDES.map(|(parameter, _)| parameter);
    query.only(&[&overridable[..], &["partNumber"]].concat())?;
    let mut overrides = Vec::new();
    for (parameter, header) in OVERRIDES {
        if let Some(value) = query.get(parameter) {
            overrides.push((header, value.to_owned()));
        }
    }
    Ok(Reading {
        part: part_number(query)?,
        overrides,
    })
}
