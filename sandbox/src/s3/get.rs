//! `GetObject` and `HeadObject`: conditions, ranges, and a body that is read from the file as it is sent.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>

use std::io;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use jiff::fmt::rfc2822::DateTimePrinter;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use super::condition::check_read;
use super::error::S3Error;
use super::headers::text;
use super::name::Object;
use super::range::{Span, select};
use super::reply::{blocking, quoted};
use super::store::{Facts, Store};
use crate::wire::http::{Body, full};

/// How much of a file is read at a time.
const PIECE: usize = 64 * 1024;

pub(super) async fn get(
    store: &Arc<Store>,
    object: Object,
    head: &Parts,
) -> Result<Response<Body>, S3Error> {
    let opened = blocking(store, move |store| store.open(&object)).await?;
    let facts = opened.facts;
    check_read(&head.headers, &facts.etag)?;
    let selected = select(text(&head.headers, "range"), facts.size)?;
    let whole = Span {
        start: 0,
        length: facts.size,
    };
    let span = selected.unwrap_or(whole);
    let body = if head.method == Method::HEAD {
        full("")
    } else {
        stream(File::from_std(opened.file), span).await?
    };
    let mut response = Response::new(body);
    describe(response.headers_mut(), &facts, span)?;
    if selected.is_some() {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        let last = span.start + span.length - 1;
        let range = format!("bytes {}-{last}/{}", span.start, facts.size);
        insert(response.headers_mut(), header::CONTENT_RANGE, &range)?;
    }
    Ok(response)
}

fn describe(headers: &mut HeaderMap, facts: &Facts, span: Span) -> Result<(), S3Error> {
    let modified = DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&facts.modified)
        .map_err(io::Error::other)?;
    headers.insert(header::ETAG, quoted(&facts.etag));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(span.length));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    let content_type = HeaderValue::from_static("binary/octet-stream");
    headers.insert(header::CONTENT_TYPE, content_type);
    insert(headers, header::LAST_MODIFIED, &modified)
}

fn insert(headers: &mut HeaderMap, name: header::HeaderName, value: &str) -> Result<(), S3Error> {
    let value = HeaderValue::from_str(value).map_err(io::Error::other)?;
    headers.insert(name, value);
    Ok(())
}

async fn stream(mut file: File, span: Span) -> Result<Body, S3Error> {
    file.seek(io::SeekFrom::Start(span.start)).await?;
    let pieces =
        futures_util::stream::try_unfold((file, span.length), |(mut file, left)| async move {
            let piece = read_piece(&mut file, left).await?;
            let left = left - piece.len() as u64;
            Ok::<_, io::Error>((!piece.is_empty()).then(|| (Frame::data(piece), (file, left))))
        });
    Ok(BodyExt::boxed(StreamBody::new(pieces)))
}

/// Up to `left` bytes; none only when none are left. A file that got shorter breaks the answer off instead of filling it up.
async fn read_piece(file: &mut File, left: u64) -> io::Result<Bytes> {
    let size = usize::try_from(left).map_or(PIECE, |left| left.min(PIECE));
    let mut piece = BytesMut::zeroed(size);
    let read = if size == 0 {
        0
    } else {
        file.read(&mut piece).await?
    };
    if read == 0 && left > 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    piece.truncate(read);
    Ok(piece.freeze())
}
