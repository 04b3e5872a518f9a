//! `ListMultipartUploads`. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html>

use std::sync::Arc;

use http::Response;
use serde::Serialize;

use super::uploads::Plan;
use crate::s3::algorithm::Algorithm;
use crate::s3::call::Uploads as Asked;
use crate::s3::document::{Document, Person, owner, url_encoded};
use crate::s3::error::S3Error;
use crate::s3::name::Bucket;
use crate::s3::reply::blocking;
use crate::s3::store::Store;
use crate::wire::http::Body;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Summary<'a> {
    bucket: &'a str,
    key_marker: String,
    upload_id_marker: &'a str,
    next_key_marker: Option<String>,
    next_upload_id_marker: Option<&'a str>,
    prefix: Option<String>,
    max_uploads: usize,
    encoding_type: Option<&'static str>,
    is_truncated: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Line<'a> {
    upload_id: &'a str,
    key: String,
    initiated: String,
    storage_class: &'static str,
    owner: Person,
    initiator: Person,
    checksum_algorithm: Option<&'static str>,
    checksum_type: Option<&'static str>,
}

pub(in crate::s3) async fn list(
    store: &Arc<Store>,
    bucket: Bucket,
    asked: Asked,
) -> Result<Response<Body>, S3Error> {
    let told = blocking(store, move |store| {
        store.require(&bucket)?;
        let uploads = asked_for(store.uploads.of_bucket(&bucket), &asked);
        describe(&bucket, &asked, &uploads)
    })
    .await?;
    Ok(told.respond("ListMultipartUploadsResult"))
}

/// After the key marker, or after the upload that the id marker names within its key; if that has ended meanwhile, its key's
/// uploads are told again rather than passed over (own choice). Without a key marker the other one means nothing.
fn asked_for(uploads: Vec<(String, Arc<Plan>)>, asked: &Asked) -> Vec<(String, Arc<Plan>)> {
    let marker = asked.key_marker.as_str();
    let is_marked = |(id, plan): &(String, Arc<Plan>)| {
        plan.object.key.as_str() == marker && *id == asked.id_marker
    };
    let passed = uploads.iter().position(is_marked);
    let from = passed.map_or(0, |at| at + 1);
    let again = passed.is_some() || !asked.id_marker.is_empty();
    let is_after = |key: &str| marker.is_empty() || key > marker || (again && key == marker);
    let mut rest: Vec<_> = uploads.into_iter().skip(from).collect();
    rest.retain(|(_, plan)| {
        let key = plan.object.key.as_str();
        key.starts_with(&asked.prefix) && is_after(key)
    });
    rest
}

fn describe(
    bucket: &Bucket,
    asked: &Asked,
    uploads: &[(String, Arc<Plan>)],
) -> Result<Document, S3Error> {
    let encoded = |text: &str| url_encoded(text, asked.url_encoding);
    let page = &uploads[..uploads.len().min(asked.max)];
    let last = page.last().filter(|_| page.len() < uploads.len());
    let mut told = Document::new(&Summary {
        bucket: bucket.as_str(),
        key_marker: encoded(&asked.key_marker),
        upload_id_marker: &asked.id_marker,
        next_key_marker: last.map(|(_, plan)| encoded(plan.object.key.as_str())),
        next_upload_id_marker: last.map(|(id, _)| id.as_str()),
        prefix: (!asked.prefix.is_empty()).then(|| encoded(&asked.prefix)),
        max_uploads: asked.max,
        encoding_type: asked.url_encoding.then_some("url"),
        is_truncated: page.len() < uploads.len(),
    })?;
    for (id, plan) in page {
        let line = Line {
            upload_id: id,
            key: encoded(plan.object.key.as_str()),
            initiated: format!("{:.3}", plan.began),
            storage_class: "STANDARD",
            owner: owner(),
            initiator: owner(),
            checksum_algorithm: plan.chosen.map(Algorithm::name),
            checksum_type: plan.chosen.map(|_| plan.kind.name()),
        };
        told.add("Upload", &line)?;
    }
    Ok(told)
}
