//! `ListParts`. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html>

use std::sync::Arc;

use http::Response;
use serde::Serialize;

use super::uploads::Upload;
use crate::s3::algorithm::Algorithm;
use crate::s3::call::{Parts, UploadId};
use crate::s3::document::{Document, Person, owner, url_encoded};
use crate::s3::error::S3Error;
use crate::s3::reply::blocking;
use crate::s3::store::Store;
use crate::wire::http::Body;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Summary<'a> {
    bucket: &'a str,
    key: String,
    upload_id: &'a str,
    initiator: Person,
    owner: Person,
    storage_class: &'static str,
    part_number_marker: u16,
    next_part_number_marker: u16,
    max_parts: usize,
    encoding_type: Option<&'static str>,
    is_truncated: bool,
    checksum_algorithm: Option<&'static str>,
    checksum_type: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Line {
    part_number: u16,
    last_modified: String,
    #[serde(rename = "ETag")]
    etag: String,
    size: u64,
}

pub(in crate::s3) async fn list_parts(
    store: &Arc<Store>,
    id: UploadId,
    asked: Parts,
) -> Result<Response<Body>, S3Error> {
    let told = blocking(store, move |store| {
        store.require(&id.object.bucket)?;
        describe(&store.uploads.find(&id)?, &id, &asked)
    })
    .await?;
    Ok(told.respond("ListPartsResult"))
}

fn describe(upload: &Upload, id: &UploadId, asked: &Parts) -> Result<Document, S3Error> {
    let mut left = upload
        .parts
        .iter()
        .filter(|(number, _)| **number > asked.after);
    let mut lines = Document::default();
    let mut last = asked.after;
    for (number, part) in left.by_ref().take(asked.max) {
        last = *number;
        let mut line = Document::new(&Line {
            part_number: *number,
            last_modified: format!("{:.3}", part.modified),
            etag: format!("\"{}\"", part.etag()),
            size: part.size,
        })?;
        let checksum = part.checksum();
        line.add_text(checksum.algorithm.element(), &checksum.value)?;
        lines.append(&line.inside("Part"));
    }
    let mut told = Document::new(&Summary {
        bucket: id.object.bucket.as_str(),
        key: url_encoded(id.object.key.as_str(), asked.url_encoding),
        upload_id: &id.id,
        initiator: owner(),
        owner: owner(),
        storage_class: "STANDARD",
        part_number_marker: asked.after,
        next_part_number_marker: last,
        max_parts: asked.max,
        encoding_type: asked.url_encoding.then_some("url"),
        is_truncated: left.next().is_some(),
        checksum_algorithm: upload.plan.chosen.map(Algorithm::name),
        checksum_type: upload.plan.chosen.map(|_| upload.plan.kind.name()),
    })?;
    told.append(&lines);
    Ok(told)
}
