//! The digests that a client may send with a body, and whether the body fits them. Pure.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::HeaderMap;
use md5::Md5;
use sha2::{Digest, Sha256};

use super::error::S3Error;
use super::headers::text;

const CRC32: &str = "x-amz-checksum-crc32";
const SHA256: &str = "x-amz-checksum-sha256";
const CONTENT_MD5: &str = "content-md5";
const CONTENT_SHA256: &str = "x-amz-content-sha256";

/// What the client says of the body: base64 digests by header name, and the hex digest that was signed.
#[derive(Debug, Default)]
pub(super) struct Claims {
    digests: Vec<(&'static str, String)>,
    signed: Option<String>,
    /// The checksum that is to come as a trailer.
    announced: Option<&'static str>,
}

impl Claims {
    /// From the request's headers.
    pub(super) fn parse(headers: &HeaderMap) -> Result<Self, S3Error> {
        let mut claims = Self::default();
        for name in [CRC32, SHA256, CONTENT_MD5] {
            if let Some(digest) = text(headers, name) {
                claims.digests.push((name, digest.to_owned()));
            }
        }
        // Anything else in this header is a constant that says how the body is signed.
        claims.signed = text(headers, CONTENT_SHA256)
            .filter(|value| value.len() == 64 && value.bytes().all(|b| b.is_ascii_hexdigit()))
            .map(str::to_ascii_lowercase);
        if let Some(trailer) = text(headers, "x-amz-trailer") {
            claims.announced = Some(known(trailer.trim())?);
        }
        Ok(claims)
    }

    /// Adds the trailers of an `aws-chunked` body, which must be the announced ones.
    pub(super) fn add_trailers(&mut self, trailers: Vec<(String, String)>) -> Result<(), S3Error> {
        for (name, value) in trailers {
            if name != "x-amz-trailer-signature" {
                let name = known(&name)?;
                self.announced = self.announced.filter(|announced| *announced != name);
                self.digests.push((name, value));
            }
        }
        match self.announced {
            None => Ok(()),
            Some(name) => {
                let message = format!("the announced trailer {name} did not come");
                Err(S3Error::InvalidRequest(message))
            }
        }
    }

    /// Whether the body is what the client says it is.
    pub(super) fn check(&self, body: &Digests) -> Result<(), S3Error> {
        if self
            .signed
            .as_ref()
            .is_some_and(|signed| *signed != hex::encode(&body.sha256))
        {
            return Err(S3Error::ContentSha256Mismatch);
        }
        for (name, digest) in &self.digests {
            let computed = body.of(name);
            match BASE64.decode(digest) {
                Ok(claimed) if claimed == computed => {}
                Ok(claimed) if claimed.len() == computed.len() => {
                    return Err(S3Error::BadDigest(name));
                }
                Ok(_) | Err(_) => return Err(S3Error::InvalidDigest(name)),
            }
        }
        Ok(())
    }

    /// The checksums to repeat in the answer.
    pub(super) fn echoes(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.digests
            .iter()
            .filter(|(name, _)| *name != CONTENT_MD5)
            .map(|(name, digest)| (*name, digest.as_str()))
    }
}

fn known(name: &str) -> Result<&'static str, S3Error> {
    [CRC32, SHA256]
        .into_iter()
        .find(|known| name.eq_ignore_ascii_case(known))
        .ok_or_else(|| S3Error::NotImplemented(format!("the trailer {name}")))
}

/// The digests of a body, in bytes.
#[derive(Debug)]
pub(super) struct Digests {
    pub(super) md5: Vec<u8>,
    sha256: Vec<u8>,
    crc32: Vec<u8>,
}

impl Digests {
    fn of(&self, header: &str) -> &[u8] {
        match header {
            CRC32 => &self.crc32,
            SHA256 => &self.sha256,
            _ => &self.md5,
        }
    }
}

/// Computes all of them while the body passes by.
#[derive(Default)]
pub(super) struct Hasher {
    md5: Md5,
    sha256: Sha256,
    crc32: crc32fast::Hasher,
}

impl Hasher {
    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.md5.update(bytes);
        self.sha256.update(bytes);
        self.crc32.update(bytes);
    }

    pub(super) fn finish(self) -> Digests {
        Digests {
            md5: self.md5.finalize().to_vec(),
            sha256: self.sha256.finalize().to_vec(),
            crc32: self.crc32.finalize().to_be_bytes().to_vec(),
        }
    }
}
