//! `GetObjectAttributes`: what is known of an object, without its bytes.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html>

use std::io;
use std::sync::Arc;

use http::request::Parts;
use http::{HeaderMap, HeaderValue, Response, header};
use jiff::fmt::rfc2822::DateTimePrinter;

use super::document::Document;
use super::error::S3Error;
use super::headers::text;
use super::name::Object;
use super::reply::blocking;
use super::store::{Facts, Store};
use crate::wire::http::Body;

/// S3's limit for a page of parts, and the default.
const MAX_PARTS: usize = 1000;

pub(super) async fn get(
    store: &Arc<Store>,
    object: Object,
    head: &Parts,
) -> Result<Response<Body>, S3Error> {
    let facts = blocking(store, move |store| Ok(store.open(&object)?.facts)).await?;
    let mut told = Document::default();
    for attribute in wanted(&head.headers)? {
        match attribute {
            "ETag" => told.add_text("ETag", &facts.note.etag)?,
            "Checksum" => tell_checksum(&facts, &mut told)?,
            "ObjectParts" => tell_parts(&facts, &head.headers, &mut told)?,
            "StorageClass" => told.add_text("StorageClass", "STANDARD")?,
            "ObjectSize" => told.add_text("ObjectSize", &facts.size.to_string())?,
            other => {
                let message = format!("Invalid attribute name specified: {other}");
                return Err(S3Error::InvalidArgument(message));
            }
        }
    }
    let mut response = told.respond("GetObjectAttributesResponse");
    let modified = DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&facts.modified)
        .map_err(io::Error::other)?;
    let modified = HeaderValue::from_str(&modified).map_err(io::Error::other)?;
    response
        .headers_mut()
        .insert(header::LAST_MODIFIED, modified);
    Ok(response)
}

/// The header may come several times, and hold several names each time.
fn wanted(headers: &HeaderMap) -> Result<Vec<&str>, S3Error> {
    let values = headers.get_all("x-amz-object-attributes").into_iter();
    let names = values.filter_map(|value| value.to_str().ok());
    let names: Vec<_> = names
        .flat_map(|names| names.split(','))
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect();
    if names.is_empty() {
        return Err(S3Error::InvalidRequest(
            "The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty".into(),
        ));
    }
    Ok(names)
}

fn tell_checksum(facts: &Facts, told: &mut Document) -> Result<(), S3Error> {
    let Some(checksum) = &facts.note.checksum else {
        return Ok(());
    };
    let mut inside = Document::default();
    inside.add_checksum(checksum)?;
    told.append(&inside.inside("Checksum"));
    Ok(())
}

/// Only multipart objects have any.
fn tell_parts(facts: &Facts, headers: &HeaderMap, told: &mut Document) -> Result<(), S3Error> {
    let parts = &facts.note.parts;
    if parts.is_empty() {
        return Ok(());
    }
    let after = number(headers, "x-amz-part-number-marker")?.unwrap_or_default();
    let max = number(headers, "x-amz-max-parts")?.map_or(MAX_PARTS, |max| max.min(MAX_PARTS));
    let mut left = parts.iter().filter(|part| usize::from(part.number) > after);
    let mut inside = Document::default();
    inside.add_text("PartsCount", &parts.len().to_string())?;
    inside.add_text("PartNumberMarker", &after.to_string())?;
    inside.add_text("MaxParts", &max.to_string())?;
    let mut last = after;
    for part in left.by_ref().take(max) {
        last = usize::from(part.number);
        let mut line = Document::default();
        line.add_text("PartNumber", &part.number.to_string())?;
        line.add_text("Size", &part.size.to_string())?;
        line.add_text(part.checksum.algorithm.element(), &part.checksum.value)?;
        inside.append(&line.inside("Part"));
    }
    inside.add_text("NextPartNumberMarker", &last.to_string())?;
    inside.add_text("IsTruncated", &left.next().is_some().to_string())?;
    told.append(&inside.inside("ObjectParts"));
    Ok(())
}

fn number(headers: &HeaderMap, name: &str) -> Result<Option<usize>, S3Error> {
    let number = text(headers, name).map(str::parse);
    let number = number.transpose();
    number.map_err(|_| S3Error::InvalidArgument(format!("{name} is not a number")))
}
