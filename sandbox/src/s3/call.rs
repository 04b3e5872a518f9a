//! The operations and what a request's head says about each. How they are recognised is `recognise`'s.

use http::HeaderName;

use super::copy_source::CopySource;
use super::name::{Bucket, Object};
use super::page::{BucketPage, Listing};

/// One operation with what the request's head says about it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Call {
    ListBuckets(BucketPage),
    CreateBucket(Bucket),
    DeleteBucket(Bucket),
    HeadBucket(Bucket),
    GetBucketLocation(Bucket),
    GetBucketVersioning(Bucket),
    ListObjects(Bucket, Listing),
    ListObjectsV2(Bucket, Listing),
    DeleteObjects(Bucket),
    GetObject(Object, Reading),
    HeadObject(Object, Reading),
    GetObjectAttributes(Object),
    PutObject(Object),
    CopyObject(Object, CopySource),
    DeleteObject(Object),
    CreateMultipartUpload(Object),
    UploadPart(PartId),
    UploadPartCopy(PartId, CopySource),
    CompleteMultipartUpload(UploadId),
    AbortMultipartUpload(UploadId),
    ListParts(UploadId, Parts),
    ListMultipartUploads(Bucket, Uploads),
}

/// What of an object is read, and what it is told with instead of its own headers.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Reading {
    pub(super) part: Option<u16>,
    pub(super) overrides: Vec<(HeaderName, String)>,
}

/// A multipart upload, as requests name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct UploadId {
    pub(super) object: Object,
    pub(super) id: String,
}

/// One part of an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PartId {
    pub(super) upload: UploadId,
    pub(super) number: u16,
}

/// Which parts are to be listed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parts {
    /// Only those with greater numbers.
    pub(super) after: u16,
    pub(super) max: usize,
    pub(super) url_encoding: bool,
}

/// Which uploads are to be listed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Uploads {
    pub(super) prefix: String,
    /// Only those of later keys, or of the same key with a later id where there is one.
    pub(super) key_marker: String,
    pub(super) id_marker: String,
    pub(super) max: usize,
    pub(super) url_encoding: bool,
}

impl Call {
    /// The operation's name in S3's API.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::ListBuckets(_) => "ListBuckets",
            Self::CreateBucket(_) => "CreateBucket",
            Self::DeleteBucket(_) => "DeleteBucket",
            Self::HeadBucket(_) => "HeadBucket",
            Self::GetBucketLocation(_) => "GetBucketLocation",
            Self::GetBucketVersioning(_) => "GetBucketVersioning",
            Self::ListObjects(..) => "ListObjects",
            Self::ListObjectsV2(..) => "ListObjectsV2",
            Self::DeleteObjects(_) => "DeleteObjects",
            Self::GetObject(..) => "GetObject",
            Self::HeadObject(..) => "HeadObject",
            Self::GetObjectAttributes(_) => "GetObjectAttributes",
            Self::PutObject(_) => "PutObject",
            Self::CopyObject(..) => "CopyObject",
            Self::DeleteObject(_) => "DeleteObject",
            Self::CreateMultipartUpload(_) => "CreateMultipartUpload",
            Self::UploadPart(_) => "UploadPart",
            Self::UploadPartCopy(..) => "UploadPartCopy",
            Self::CompleteMultipartUpload(_) => "CompleteMultipartUpload",
            Self::AbortMultipartUpload(_) => "AbortMultipartUpload",
            Self::ListParts(..) => "ListParts",
            Self::ListMultipartUploads(..) => "ListMultipartUploads",
        }
    }

    /// The headers of the `x-amz-` family that only this operation has; see `headers::check`.
    pub(super) fn own_headers(&self) -> &'static [&'static str] {
        match self {
            Self::PutObject(_) => &["x-amz-meta-"],
            Self::CreateMultipartUpload(_) => &["x-amz-meta-", "x-amz-checksum-type"],
            Self::CompleteMultipartUpload(_) => &["x-amz-checksum-type", "x-amz-mp-object-size"],
            Self::GetObjectAttributes(_) => &[
                "x-amz-object-attributes",
                "x-amz-max-parts",
                "x-amz-part-number-marker",
            ],
            Self::CopyObject(..) => &[
                "x-amz-meta-",
                "x-amz-copy-source",
                "x-amz-copy-source-if-match",
                "x-amz-copy-source-if-modified-since",
                "x-amz-copy-source-if-none-match",
                "x-amz-copy-source-if-unmodified-since",
                "x-amz-metadata-directive",
            ],
            Self::UploadPartCopy(..) => &[
                "x-amz-copy-source",
                "x-amz-copy-source-if-match",
                "x-amz-copy-source-if-modified-since",
                "x-amz-copy-source-if-none-match",
                "x-amz-copy-source-if-unmodified-since",
                "x-amz-copy-source-range",
            ],
            _ => &[],
        }
    }
}
