//! What S3 refuses, and the code and status that clients act on.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>

use std::io;

use http::StatusCode;

use crate::names::REGION;
use crate::wire::error::ApiError;

/// A refusal. The message is for people; `code` and `status` are for programs.
#[derive(Debug, thiserror::Error)]
pub(super) enum S3Error {
    #[error("Access Denied: the request is not signed")]
    AccessDenied,
    #[error("Access Denied: the bucket is not {0}'s")]
    WrongOwner(String),
    #[error("Request has expired")]
    Expired,
    #[error("The difference between the request time and the current time is too large.")]
    RequestTimeTooSkewed,
    #[error(
        "The authorization header is malformed; the region '{0}' is wrong; expecting '{REGION}'"
    )]
    WrongRegion(String),
    #[error(
        "Error parsing the X-Amz-Credential parameter; the region '{0}' is wrong; expecting '{REGION}'"
    )]
    WrongRegionInQuery(String),
    #[error("{0}")]
    InvalidQuerySignature(String),
    #[error("The specified bucket does not exist")]
    NoSuchBucket(String),
    #[error("The bucket you tried to delete is not empty")]
    BucketNotEmpty(String),
    #[error("The specified key does not exist.")]
    NoSuchKey(String),
    #[error(
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."
    )]
    NoSuchUpload(String),
    #[error(
        "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified \
         entity tag may not match the part's entity tag."
    )]
    InvalidPart,
    #[error("The list of parts was not in ascending order. Parts must be ordered by part number.")]
    InvalidPartOrder,
    #[error("The requested partnumber is not satisfiable")]
    InvalidPartNumber,
    #[error("Your proposed upload is smaller than the minimum allowed size")]
    EntityTooSmall,
    #[error("Your metadata headers exceed the maximum allowed metadata size of {0} bytes")]
    MetadataTooLarge(usize),
    #[error("The specified location-constraint is not valid: {0}")]
    InvalidLocationConstraint(String),
    #[error("At least one of the pre-conditions you specified did not hold")]
    PreconditionFailed(&'static str),
    #[error("not modified")]
    NotModified { etag: String },
    #[error("the requested range is not satisfiable: the object has {size} bytes")]
    InvalidRange { size: u64 },
    #[error("the method {0} is not allowed against this resource")]
    MethodNotAllowed(String),
    #[error("the sandbox does not model {0}")]
    NotImplemented(String),
    #[error("{0}")]
    InvalidArgument(String),
    #[error("the specified bucket is not valid: {0}")]
    InvalidBucketName(String),
    #[error("the URI could not be parsed: {0}")]
    InvalidUri(String),
    #[error("your key is too long: {0} bytes")]
    KeyTooLong(usize),
    #[error("{0}")]
    InvalidRequest(String),
    #[error("the XML you provided was not well-formed: {0}")]
    MalformedXml(String),
    #[error("the {0} you specified did not match the calculated checksum")]
    BadDigest(&'static str),
    #[error("the {0} you specified is not valid")]
    InvalidDigest(&'static str),
    #[error("the provided x-amz-content-sha256 header does not match what was computed")]
    ContentSha256Mismatch,
    #[error("the request body is incomplete: {0}")]
    IncompleteBody(String),
    #[error("you must provide the Content-Length HTTP header")]
    MissingContentLength,
    #[error("your proposed upload exceeds the maximum allowed size of {0} bytes")]
    EntityTooLarge(u64),
    /// S3 itself has too much to do, or fails.
    #[error("{}", .0.message)]
    Busy(ApiError),
    #[error("we encountered an internal error: {0}")]
    Internal(#[from] io::Error),
}

impl S3Error {
    pub(super) fn code(&self) -> &'static str {
        self.kind().1
    }

    pub(super) fn status(&self) -> StatusCode {
        self.kind().0
    }

    fn kind(&self) -> (StatusCode, &'static str) {
        let bad = StatusCode::BAD_REQUEST;
        match self {
            Self::AccessDenied | Self::Expired | Self::WrongOwner(_) => {
                (StatusCode::FORBIDDEN, "AccessDenied")
            }
            Self::RequestTimeTooSkewed => (StatusCode::FORBIDDEN, "RequestTimeTooSkewed"),
            Self::WrongRegion(_) => (bad, "AuthorizationHeaderMalformed"),
            Self::WrongRegionInQuery(_) | Self::InvalidQuerySignature(_) => {
                (bad, "AuthorizationQueryParametersError")
            }
            Self::NoSuchBucket(_) => (StatusCode::NOT_FOUND, "NoSuchBucket"),
            Self::BucketNotEmpty(_) => (StatusCode::CONFLICT, "BucketNotEmpty"),
            Self::NoSuchKey(_) => (StatusCode::NOT_FOUND, "NoSuchKey"),
            Self::NoSuchUpload(_) => (StatusCode::NOT_FOUND, "NoSuchUpload"),
            Self::InvalidPart => (bad, "InvalidPart"),
            Self::InvalidPartOrder => (bad, "InvalidPartOrder"),
            Self::InvalidPartNumber => (StatusCode::RANGE_NOT_SATISFIABLE, "InvalidPartNumber"),
            Self::EntityTooSmall => (bad, "EntityTooSmall"),
            Self::MetadataTooLarge(_) => (bad, "MetadataTooLarge"),
            Self::InvalidLocationConstraint(_) => (bad, "InvalidLocationConstraint"),
            Self::PreconditionFailed(_) => (StatusCode::PRECONDITION_FAILED, "PreconditionFailed"),
            Self::NotModified { .. } => (StatusCode::NOT_MODIFIED, "NotModified"),
            Self::InvalidRange { .. } => (StatusCode::RANGE_NOT_SATISFIABLE, "InvalidRange"),
            Self::MethodNotAllowed(_) => (StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed"),
            Self::NotImplemented(_) => (StatusCode::NOT_IMPLEMENTED, "NotImplemented"),
            Self::InvalidArgument(_) => (bad, "InvalidArgument"),
            Self::InvalidBucketName(_) => (bad, "InvalidBucketName"),
            Self::InvalidUri(_) => (bad, "InvalidURI"),
            Self::KeyTooLong(_) => (bad, "KeyTooLongError"),
            Self::InvalidRequest(_) => (bad, "InvalidRequest"),
            Self::MalformedXml(_) => (bad, "MalformedXML"),
            Self::BadDigest(_) => (bad, "BadDigest"),
            Self::InvalidDigest(_) => (bad, "InvalidDigest"),
            Self::ContentSha256Mismatch => (bad, "XAmzContentSHA256Mismatch"),
            Self::IncompleteBody(_) => (bad, "IncompleteBody"),
            Self::MissingContentLength => (StatusCode::LENGTH_REQUIRED, "MissingContentLength"),
            Self::EntityTooLarge(_) => (bad, "EntityTooLarge"),
            Self::Busy(error) if error.status == 503 => {
                (StatusCode::SERVICE_UNAVAILABLE, "SlowDown")
            }
            Self::Busy(_) | Self::Internal(_) => {
                (StatusCode::INTERNAL_SERVER_ERROR, "InternalError")
            }
        }
    }
}
