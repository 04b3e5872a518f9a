//! `CopyObject`, and what copying has in common with `UploadPartCopy`.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::sync::Arc;

use http::Response;
use http::request::Parts;
use jiff::Timestamp;

use super::algorithm::{Algorithm, Checksum};
use super::checksum::{Digests, Hasher};
use super::condition::WriteCondition;
use super::copy_source::CopySource;
use super::document::Document;
use super::error::S3Error;
use super::headers::{described, text};
use super::name::Object;
use super::note::Note;
use super::range::Span;
use super::reply::blocking;
use super::store::{Facts, Opened, Store};
use crate::wire::http::Body;

/// S3's limit for one `CopyObject`, and for one part.
const MAX_COPY: u64 = 5 * 1024 * 1024 * 1024;

/// How much of a file is copied at a time.
const PIECE: usize = 256 * 1024;

pub(super) async fn copy(
    store: &Arc<Store>,
    object: Object,
    source: CopySource,
    head: &Parts,
) -> Result<Response<Body>, S3Error> {
    let condition = WriteCondition::parse(&head.headers)?;
    let replaced = match text(&head.headers, "x-amz-metadata-directive") {
        None | Some("COPY") => None,
        Some("REPLACE") => Some(described(&head.headers)?),
        Some(_) => {
            return Err(S3Error::InvalidArgument(
                "Unknown metadata directive.".into(),
            ));
        }
    };
    if replaced.is_none() && object == source.object {
        return Err(S3Error::InvalidRequest(
            "This copy request is illegal because it is trying to copy an object to itself without changing the object's \
             metadata, storage class, website redirect location or encryption attributes."
                .into(),
        ));
    }
    let wanted = wanted_algorithm(head)?;
    let copied = blocking(store, move |store| {
        store.require(&object.bucket)?;
        let mut opened = open_source(store, &source)?;
        let algorithm = wanted.unwrap_or_else(|| usual_algorithm(&opened.facts));
        let (staged, mut file) = store.stage()?;
        let span = Span::whole(opened.facts.size);
        let digests = transfer(&mut opened.file, span, algorithm, &mut file)?;
        file.sync_all()?;
        let (etag, checksum) = (hex::encode(&digests.md5), digests.checksum());
        let note = Note {
            etag: etag.clone(),
            headers: replaced.unwrap_or_else(|| opened.facts.note.headers.clone()),
            checksum: Some(checksum.clone()),
            parts: Vec::new(),
        };
        let modified = store.commit(&object, &staged, note, &condition)?;
        copied(modified, &etag, &checksum, true)
    })
    .await?;
    Ok(copied.respond("CopyObjectResult"))
}

/// What both copies answer. Parts have no kind of checksum.
pub(super) fn copied(
    modified: Timestamp,
    etag: &str,
    checksum: &Checksum,
    with_kind: bool,
) -> Result<Document, S3Error> {
    let mut copied = Document::default();
    copied.add_text("LastModified", &format!("{modified:.3}"))?;
    copied.add_text("ETag", &format!("\"{etag}\""))?;
    if with_kind {
        copied.add_checksum(checksum)?;
    } else {
        copied.add_text(checksum.algorithm.element(), &checksum.value)?;
    }
    Ok(copied)
}

/// The algorithm that a request without a body names.
pub(super) fn wanted_algorithm(head: &Parts) -> Result<Option<Algorithm>, S3Error> {
    let Some(name) = text(&head.headers, "x-amz-checksum-algorithm") else {
        return Ok(None);
    };
    let message = "Checksum algorithm provided is unsupported. Please try again with any of the valid types: \
                   [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]";
    Algorithm::named(name)
        .map(Some)
        .ok_or_else(|| S3Error::InvalidRequest(message.into()))
}

/// A copy has the kind of checksum that its source has.
fn usual_algorithm(facts: &Facts) -> Algorithm {
    let checksum = facts.note.checksum.as_ref();
    checksum.map_or(Algorithm::Crc64Nvme, |checksum| checksum.algorithm)
}

/// Opens what is to be copied, if its conditions hold.
pub(super) fn open_source(store: &Store, source: &CopySource) -> Result<Opened, S3Error> {
    let opened = store.open(&source.object)?;
    let facts = &opened.facts;
    let met = source.condition.check(&facts.note.etag, facts.modified);
    met.map_err(|_| S3Error::PreconditionFailed("x-amz-copy-source-If"))?;
    Ok(opened)
}

/// Copies a span, and tells what has passed by.
pub(super) fn transfer(
    from: &mut File,
    span: Span,
    algorithm: Algorithm,
    to: &mut File,
) -> Result<Digests, S3Error> {
    if span.length > MAX_COPY {
        return Err(S3Error::EntityTooLarge(MAX_COPY));
    }
    let mut hasher = Hasher::new(algorithm);
    from.seek(io::SeekFrom::Start(span.start))?;
    pour(&mut from.take(span.length), &mut hasher, to)?;
    let digests = hasher.finish();
    if digests.size != span.length {
        return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
    }
    Ok(digests)
}

/// Writes all of `from` to `to`, past the hasher.
pub(super) fn pour(from: &mut impl Read, hasher: &mut Hasher, to: &mut File) -> io::Result<()> {
    let mut buffer = vec![0; PIECE];
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok(()),
            read => {
                hasher.update(&buffer[..read]);
                to.write_all(&buffer[..read])?;
            }
        }
    }
}
