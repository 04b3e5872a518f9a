//! Documents that clients send: read whole, checked, and taken apart element by element.

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use quick_xml::Reader;
use quick_xml::events::{BytesRef, Event};

use super::algorithm::Algorithm;
use super::checksum::{Claims, Hasher};
use super::error::S3Error;

/// A body of at most `limit` bytes that is what it is claimed to be.
pub(super) async fn read_document(
    claims: &Claims,
    body: &mut Incoming,
    limit: usize,
) -> Result<Bytes, S3Error> {
    let body = match Limited::new(body, limit).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => return Err(malformed(error)),
    };
    let mut hasher = Hasher::for_claims(claims, Algorithm::Crc32);
    hasher.update(&body);
    claims.check(&hasher.finish())?;
    Ok(body)
}

/// Gives `take` every element when it ends: the names from the root to it, and its text.
pub(super) fn elements(
    body: &[u8],
    mut take: impl FnMut(&[&[u8]], String) -> Result<(), S3Error>,
) -> Result<(), S3Error> {
    let mut reader = Reader::from_reader(body);
    let mut path: Vec<Vec<u8>> = Vec::new();
    let mut text = String::new();
    loop {
        match reader.read_event().map_err(malformed)? {
            Event::Start(tag) => {
                path.push(tag.local_name().as_ref().to_vec());
                text.clear();
            }
            Event::Text(piece) => text += &piece.decode().map_err(malformed)?,
            Event::CData(piece) => text += &piece.decode().map_err(malformed)?,
            Event::GeneralRef(reference) => text.push_str(&resolve(&reference)?),
            Event::End(_) => {
                let names: Vec<&[u8]> = path.iter().map(Vec::as_slice).collect();
                take(&names, std::mem::take(&mut text))?;
                path.pop();
            }
            Event::Eof if path.is_empty() => return Ok(()),
            Event::Eof => return Err(malformed("it ends too early")),
            Event::DocType(_) | Event::Empty(_) => return Err(malformed("an unexpected part")),
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
        }
    }
}

/// An element that the store does not act on.
pub(super) fn unmodelled(path: &[&[u8]], operation: &str) -> S3Error {
    let name = path.last().map(|name| String::from_utf8_lossy(name));
    S3Error::NotImplemented(format!("{} in {operation}", name.unwrap_or_default()))
}

pub(super) fn malformed<E: std::fmt::Display>(reason: E) -> S3Error {
    S3Error::MalformedXml(format!("{reason}"))
}

fn resolve(reference: &BytesRef<'_>) -> Result<String, S3Error> {
    if let Some(character) = reference.resolve_char_ref().map_err(malformed)? {
        return Ok(character.to_string());
    }
    let name = reference.decode().map_err(malformed)?;
    quick_xml::escape::resolve_predefined_entity(&name)
        .map(str::to_owned)
        .ok_or_else(|| malformed(format!("the unknown entity {name}")))
}
