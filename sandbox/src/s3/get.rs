//! `GetObject` and `HeadObject`: conditions, ranges, and a body that is read from the file as it is sent.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>

use std::io;
use std::sync::Arc;

use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header};
use jiff::fmt::rfc2822::DateTimePrinter;
use tokio::fs::File;

use super::algorithm::Checksum;
use super::call::Reading;
use super::condition::{ReadCondition, Unmet};
use super::error::S3Error;
use super::headers::text;
use super::name::Object;
use super::put::tell_checksum;
use super::range::{Span, select};
use super::reply::{blocking, quoted};
use super::store::{Facts, Store};
use super::stream::stream;
use crate::wire::http::{Body, full};

pub(super) async fn get(
    store: &Arc<Store>,
    object: Object,
    reading: Reading,
    head: &Parts,
) -> Result<Response<Body>, S3Error> {
    let opened = blocking(store, move |store| store.open(&object)).await?;
    let facts = opened.facts;
    check(&head.headers, &facts)?;
    let selected = selected(&facts, reading.part, text(&head.headers, "range"))?;
    let span = selected.unwrap_or(Span::whole(facts.size));
    let body = if head.method == Method::HEAD {
        full("")
    } else {
        stream(File::from_std(opened.file), span).await?
    };
    let mut response = Response::new(body);
    describe(response.headers_mut(), &facts, span, &reading)?;
    let wanted = text(&head.headers, "x-amz-checksum-mode") == Some("ENABLED");
    if let Some(checksum) = told(&facts, reading.part, selected).filter(|_| wanted) {
        tell_checksum(response.headers_mut(), &checksum);
    }
    if selected.is_some() {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        let end = (span.start + span.length).saturating_sub(1);
        let range = format!("bytes {}-{end}/{}", span.start, facts.size);
        insert(response.headers_mut(), header::CONTENT_RANGE, &range)?;
    }
    Ok(response)
}

fn check(headers: &HeaderMap, facts: &Facts) -> Result<(), S3Error> {
    let condition = ReadCondition::parse(headers, "");
    let met = condition.check(&facts.note.etag, facts.modified);
    met.map_err(|unmet| match unmet {
        Unmet::Other(header) => S3Error::PreconditionFailed(header),
        Unmet::Known => S3Error::NotModified {
            etag: facts.note.etag.clone(),
        },
    })
}

/// The checksum of what is read: of the whole object, or of one of its parts, which is told with the kind of the whole.
fn told(facts: &Facts, part: Option<u16>, selected: Option<Span>) -> Option<Checksum> {
    let whole = facts.note.checksum.as_ref()?;
    let Some(number) = part else {
        return selected.is_none().then(|| whole.clone());
    };
    if facts.note.parts.is_empty() {
        return Some(whole.clone());
    }
    let noted = facts.note.parts.iter().find(|part| part.number == number)?;
    Some(Checksum {
        kind: whole.kind,
        ..noted.checksum.clone()
    })
}

/// What is asked for of the object; `None` for all of it.
fn selected(
    facts: &Facts,
    part: Option<u16>,
    range: Option<&str>,
) -> Result<Option<Span>, S3Error> {
    match (part, range) {
        (None, range) => select(range, facts.size),
        (Some(_), Some(_)) => Err(S3Error::InvalidRequest(
            "Cannot specify both Range header and partNumber query parameter".into(),
        )),
        // An empty object has no first byte to name in an answer.
        (Some(1), None) if facts.note.parts.is_empty() && facts.size == 0 => Ok(None),
        (Some(1), None) if facts.note.parts.is_empty() => Ok(Some(Span::whole(facts.size))),
        (Some(number), None) => span_of_part(facts, number).map(Some),
    }
}

/// Parts keep the numbers that they were uploaded with (own choice: AWS does not say what becomes of gaps).
fn span_of_part(facts: &Facts, number: u16) -> Result<Span, S3Error> {
    let mut start = 0;
    for part in &facts.note.parts {
        if part.number == number {
            let length = part.size;
            return Ok(Span { start, length });
        }
        start += part.size;
    }
    Err(S3Error::InvalidPartNumber)
}

fn describe(
    headers: &mut HeaderMap,
    facts: &Facts,
    span: Span,
    reading: &Reading,
) -> Result<(), S3Error> {
    let modified = DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&facts.modified)
        .map_err(io::Error::other)?;
    let content_type = HeaderValue::from_static("binary/octet-stream");
    headers.insert(header::CONTENT_TYPE, content_type);
    for (name, value) in &facts.note.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(io::Error::other)?;
        insert(headers, name, value)?;
    }
    for (name, value) in &reading.overrides {
        insert(headers, name.clone(), value)
            .map_err(|_| S3Error::InvalidArgument(format!("{name} cannot be {value:?}")))?;
    }
    if reading.part.is_some() && !facts.note.parts.is_empty() {
        headers.insert("x-amz-mp-parts-count", facts.note.parts.len().into());
    }
    headers.insert(header::ETAG, quoted(&facts.note.etag));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(span.length));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    insert(headers, header::LAST_MODIFIED, &modified)
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) -> Result<(), S3Error> {
    let value = HeaderValue::from_str(value).map_err(io::Error::other)?;
    headers.insert(name, value);
    Ok(())
}
