//! `CreateMultipartUpload` and `AbortMultipartUpload`.

use std::sync::Arc;

use http::request::Parts as Head;
use http::{HeaderValue, Response, StatusCode};
use uuid::Uuid;

use super::uploads::Plan;
use crate::s3::algorithm::{Algorithm, Kind};
use crate::s3::call::UploadId;
use crate::s3::copy::wanted_algorithm;
use crate::s3::document::Document;
use crate::s3::error::S3Error;
use crate::s3::headers::{described, text};
use crate::s3::name::Object;
use crate::s3::reply::{blocking, empty};
use crate::s3::store::Store;
use crate::wire::http::Body;

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html>
pub(in crate::s3) async fn begin(
    store: &Arc<Store>,
    object: Object,
    head: &Head,
) -> Result<Response<Body>, S3Error> {
    let headers = described(&head.headers)?;
    let chosen = wanted_algorithm(head)?;
    let kind = kind(chosen, text(&head.headers, "x-amz-checksum-type"))?;
    let mut begun = Document::default();
    begun.add_text("Bucket", object.bucket.as_str())?;
    begun.add_text("Key", object.key.as_str())?;
    let id = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    begun.add_text("UploadId", &id)?;
    blocking(store, move |store| {
        store.require(&object.bucket)?;
        // The file system has the clock that objects go by.
        let (marker, _) = store.stage()?;
        let plan = Plan {
            object,
            began: marker.modified()?,
            headers,
            chosen,
            kind,
        };
        store.uploads.begin(id, plan);
        Ok(())
    })
    .await?;
    let mut response = begun.respond("InitiateMultipartUploadResult");
    if let Some(algorithm) = chosen {
        let headers = response.headers_mut();
        let name = HeaderValue::from_static(algorithm.name());
        headers.insert("x-amz-checksum-algorithm", name);
        headers.insert("x-amz-checksum-type", HeaderValue::from_static(kind.name()));
    }
    Ok(response)
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html>
fn kind(chosen: Option<Algorithm>, named: Option<&str>) -> Result<Kind, S3Error> {
    let algorithm = chosen.unwrap_or(Algorithm::Crc64Nvme);
    let Some(name) = named else {
        return Ok(algorithm.usual_kind());
    };
    if chosen.is_none() {
        return Err(S3Error::InvalidRequest(
            "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.".into(),
        ));
    }
    let kind = Kind::named(name).filter(|kind| algorithm.can_be(*kind));
    kind.ok_or_else(|| {
        let algorithm = algorithm.name().to_ascii_lowercase();
        let message = format!(
            "The {name} checksum type cannot be used with the {algorithm} checksum algorithm."
        );
        S3Error::InvalidRequest(message)
    })
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html>
pub(in crate::s3) async fn abort(
    store: &Arc<Store>,
    upload: UploadId,
) -> Result<Response<Body>, S3Error> {
    blocking(store, move |store| {
        store.require(&upload.object.bucket)?;
        store.uploads.end(&upload)
    })
    .await?;
    Ok(empty(StatusCode::NO_CONTENT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_algorithm_has_the_kinds_that_it_can_have() {
        for (chosen, named, expected) in [
            (None, None, Some(Kind::FullObject)),
            (Some(Algorithm::Crc32), None, Some(Kind::Composite)),
            (
                Some(Algorithm::Crc32),
                Some("FULL_OBJECT"),
                Some(Kind::FullObject),
            ),
            (Some(Algorithm::Sha256), Some("FULL_OBJECT"), None),
            (Some(Algorithm::Crc64Nvme), Some("COMPOSITE"), None),
            (None, Some("FULL_OBJECT"), None),
            (Some(Algorithm::Crc32), Some("OTHER"), None),
        ] {
            assert_eq!(kind(chosen, named).ok(), expected, "{chosen:?} {named:?}");
        }
    }
}
