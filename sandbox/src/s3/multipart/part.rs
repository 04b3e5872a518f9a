//! `UploadPart` and `UploadPartCopy`.

use std::sync::Arc;

use http::request::Parts as Head;
use http::{HeaderValue, Response, header};
use hyper::body::Incoming;
use tokio::fs::File;

use super::uploads::{Part, Plan};
use crate::s3::algorithm::Algorithm;
use crate::s3::call::PartId;
use crate::s3::checksum::{Claims, Digests};
use crate::s3::copy::{copied, open_source, transfer};
use crate::s3::copy_source::CopySource;
use crate::s3::error::S3Error;
use crate::s3::receive::receive;
use crate::s3::reply::{blocking, quoted};
use crate::s3::store::{Staged, Store};
use crate::wire::http::{Body, full};

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html>
pub(in crate::s3) async fn upload(
    store: &Arc<Store>,
    id: PartId,
    head: &Head,
    body: &mut Incoming,
) -> Result<Response<Body>, S3Error> {
    store.require(&id.upload.object.bucket)?;
    let plan = store.uploads.find(&id.upload)?.plan;
    let claims = Claims::parse(&head.headers)?;
    check_algorithm(&plan, claims.algorithm())?;
    let (staged, file) = blocking(store, Store::stage).await?;
    let file = File::from_std(file);
    let digests = receive(&head.headers, claims, plan.algorithm(), body, file).await?;
    let part = blocking(store, move |store| take(store, &id, staged, digests)).await?;
    let mut response = Response::new(full(""));
    let headers = response.headers_mut();
    headers.insert(header::ETAG, quoted(&part.etag()));
    if let Ok(value) = HeaderValue::from_str(&part.checksum().value) {
        headers.insert(part.algorithm.header(), value);
    }
    Ok(response)
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html>
pub(in crate::s3) async fn copy(
    store: &Arc<Store>,
    id: PartId,
    source: CopySource,
) -> Result<Response<Body>, S3Error> {
    let told = blocking(store, move |store| {
        store.require(&id.upload.object.bucket)?;
        let plan = store.uploads.find(&id.upload)?.plan;
        let mut opened = open_source(store, &source)?;
        let span = source.span(opened.facts.size)?;
        let (staged, mut file) = store.stage()?;
        let digests = transfer(&mut opened.file, span, plan.algorithm(), &mut file)?;
        file.sync_all()?;
        let part = take(store, &id, staged, digests)?;
        copied(part.modified, &part.etag(), &part.checksum(), false)
    })
    .await?;
    Ok(told.respond("CopyPartResult"))
}

/// An upload whose algorithm was chosen at its beginning has no other in its parts.
fn check_algorithm(plan: &Plan, sent: Option<Algorithm>) -> Result<(), S3Error> {
    match (plan.chosen, sent) {
        (Some(chosen), Some(sent)) if chosen != sent => {
            let [chosen, sent] = [chosen, sent].map(|one| one.name().to_ascii_lowercase());
            Err(S3Error::InvalidRequest(format!(
                "Checksum Type mismatch occurred, expected checksum Type: {chosen}, actual checksum Type: {sent}"
            )))
        }
        _ => Ok(()),
    }
}

fn take(
    store: &Store,
    id: &PartId,
    staged: Staged,
    digests: Digests,
) -> Result<Arc<Part>, S3Error> {
    let part = Arc::new(Part {
        modified: staged.modified()?,
        staged,
        size: digests.size,
        md5: digests.md5,
        algorithm: digests.algorithm,
        sum: digests.sum,
    });
    store.uploads.add(id, Arc::clone(&part))?;
    Ok(part)
}
