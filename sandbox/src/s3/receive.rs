//! Takes an object's bytes off the wire: unframes, measures and hashes them on their way to the staged file.

use bytes::Bytes;
use http::HeaderMap;
use http_body_util::BodyExt;
use hyper::body::{Body as _, Incoming};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;

use super::algorithm::Algorithm;
use super::checksum::{Claims, Digests, Hasher};
use super::chunked::{ChunkError, Decoder};
use super::error::S3Error;
use super::headers::text;

/// S3's limit for one `PutObject`.
const MAX_OBJECT: u64 = 5 * 1024 * 1024 * 1024;

/// How the body arrives.
enum Framing {
    Plain,
    AwsChunked(Decoder),
}

/// Writes the body to `file`, synced, and checks it against its length and everything that is claimed of it. Where no
/// checksum is, the `usual` one is computed.
pub(super) async fn receive(
    headers: &HeaderMap,
    mut claims: Claims,
    usual: Algorithm,
    body: &mut Incoming,
    mut file: File,
) -> Result<Digests, S3Error> {
    let mut framing = Framing::parse(headers);
    let expected = expected_length(headers, &framing, body)?;
    let mut hasher = Hasher::for_claims(&claims, usual);
    let mut received = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| S3Error::IncompleteBody(error.to_string()))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        let payload = framing.payload(data)?;
        received += payload.len() as u64;
        if received > expected {
            return Err(wrong_length(received, expected));
        }
        hasher.update(&payload);
        file.write_all(&payload).await?;
    }
    claims.add_trailers(framing.finish()?)?;
    if received != expected {
        return Err(wrong_length(received, expected));
    }
    let digests = hasher.finish();
    claims.check(&digests)?;
    file.sync_all().await?;
    Ok(digests)
}

impl Framing {
    /// Other content codings are the object's own business.
    fn parse(headers: &HeaderMap) -> Self {
        let streaming = text(headers, "x-amz-content-sha256")
            .is_some_and(|value| value.starts_with("STREAMING-"));
        let codings = text(headers, "content-encoding").unwrap_or_default();
        let framed = codings
            .split(',')
            .any(|coding| coding.trim() == "aws-chunked");
        if streaming || framed {
            return Self::AwsChunked(Decoder::default());
        }
        Self::Plain
    }

    fn payload(&mut self, data: Bytes) -> Result<Bytes, S3Error> {
        match self {
            Self::Plain => Ok(data),
            Self::AwsChunked(decoder) => {
                let mut payload = Vec::with_capacity(data.len());
                decoder
                    .feed(&data, &mut payload)
                    .map_err(|error| lie(&error))?;
                Ok(payload.into())
            }
        }
    }

    fn finish(self) -> Result<Vec<(String, String)>, S3Error> {
        match self {
            Self::Plain => Ok(Vec::new()),
            Self::AwsChunked(decoder) => decoder.finish().map_err(|error| lie(&error)),
        }
    }
}

fn lie(error: &ChunkError) -> S3Error {
    match error {
        ChunkError::Truncated => S3Error::IncompleteBody(error.to_string()),
        _ => S3Error::InvalidRequest(error.to_string()),
    }
}

fn wrong_length(received: u64, expected: u64) -> S3Error {
    S3Error::IncompleteBody(format!(
        "{received} bytes came where {expected} were announced"
    ))
}

fn expected_length(
    headers: &HeaderMap,
    framing: &Framing,
    body: &Incoming,
) -> Result<u64, S3Error> {
    let length = match framing {
        Framing::Plain => body.size_hint().exact(),
        Framing::AwsChunked(_) => {
            text(headers, "x-amz-decoded-content-length").and_then(|length| length.parse().ok())
        }
    };
    match length {
        None => Err(S3Error::MissingContentLength),
        Some(length) if length > MAX_OBJECT => Err(S3Error::EntityTooLarge(MAX_OBJECT)),
        Some(length) => Ok(length),
    }
}
