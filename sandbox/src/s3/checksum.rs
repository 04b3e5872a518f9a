//! The digests that a client may send with a body, and whether the body fits them. Pure.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::HeaderMap;
use md5::Md5;
use sha2::{Digest, Sha256};

use super::algorithm::{Algorithm, Checksum, Sum};
use super::error::S3Error;
use super::headers::text;

const CONTENT_MD5: &str = "content-md5";
const CONTENT_SHA256: &str = "x-amz-content-sha256";
const SDK_ALGORITHM: &str = "x-amz-sdk-checksum-algorithm";
const SIGNATURE_TRAILER: &str = "x-amz-trailer-signature";

/// What the client says of the body.
#[derive(Debug, Default)]
pub(super) struct Claims {
    md5: Option<String>,
    /// The hex digest that was signed.
    signed: Option<String>,
    checksum: Option<(Algorithm, String)>,
    /// The checksum that is to come as a trailer.
    announced: Option<Algorithm>,
}

impl Claims {
    /// From the request's headers.
    pub(super) fn parse(headers: &HeaderMap) -> Result<Self, S3Error> {
        let claims = Self {
            md5: text(headers, CONTENT_MD5).map(str::to_owned),
            // Anything else in this header is a constant that says how the body is signed.
            signed: text(headers, CONTENT_SHA256)
                .filter(|value| value.len() == 64 && value.bytes().all(|b| b.is_ascii_hexdigit()))
                .map(str::to_ascii_lowercase),
            checksum: header_checksum(headers)?,
            announced: match text(headers, "x-amz-trailer") {
                Some(trailer) => Some(known(trailer.trim())?),
                None => None,
            },
        };
        if headers.contains_key(SDK_ALGORITHM) && claims.algorithm().is_none() {
            return Err(S3Error::InvalidRequest(format!(
                "{SDK_ALGORITHM} specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found."
            )));
        }
        Ok(claims)
    }

    /// The checksum that the client has chosen.
    pub(super) fn algorithm(&self) -> Option<Algorithm> {
        let sent = self.checksum.as_ref().map(|(algorithm, _)| *algorithm);
        sent.or(self.announced)
    }

    /// Takes the checksum out, where it is not one of the request's body.
    pub(super) fn take_checksum(&mut self) -> Option<(Algorithm, String)> {
        self.checksum.take()
    }

    /// Adds the trailers of an `aws-chunked` body, which must be the announced ones.
    pub(super) fn add_trailers(&mut self, trailers: Vec<(String, String)>) -> Result<(), S3Error> {
        let mut expected = self.announced;
        for (name, value) in trailers {
            if name == SIGNATURE_TRAILER {
                continue;
            }
            let algorithm = known(&name)?;
            if expected.take() != Some(algorithm) {
                let message = format!("the trailer {name} was not announced");
                return Err(S3Error::InvalidRequest(message));
            }
            self.checksum = Some((algorithm, value));
        }
        match expected {
            None => Ok(()),
            Some(algorithm) => {
                let name = algorithm.header();
                let message = format!("the announced trailer {name} did not come");
                Err(S3Error::InvalidRequest(message))
            }
        }
    }

    /// Whether the body is what the client says it is.
    pub(super) fn check(&self, body: &Digests) -> Result<(), S3Error> {
        if self.signed.is_some() && self.signed != body.sha256.as_ref().map(hex::encode) {
            return Err(S3Error::ContentSha256Mismatch);
        }
        if let Some(claimed) = &self.md5 {
            fits(CONTENT_MD5, claimed, &body.md5)?;
        }
        match &self.checksum {
            Some((algorithm, claimed)) => sum_fits(*algorithm, claimed, &body.sum),
            None => Ok(()),
        }
    }
}

fn header_checksum(headers: &HeaderMap) -> Result<Option<(Algorithm, String)>, S3Error> {
    let mut sent = Algorithm::ALL.into_iter().filter_map(|algorithm| {
        text(headers, algorithm.header()).map(|value| (algorithm, value.to_owned()))
    });
    let checksum = sent.next();
    if sent.next().is_some() {
        let message =
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.";
        return Err(S3Error::InvalidRequest(message.into()));
    }
    Ok(checksum)
}

fn known(name: &str) -> Result<Algorithm, S3Error> {
    Algorithm::of_header(name).ok_or_else(|| S3Error::NotImplemented(format!("the trailer {name}")))
}

fn fits(name: &'static str, claimed: &str, computed: &[u8]) -> Result<(), S3Error> {
    match BASE64.decode(claimed) {
        Ok(claimed) if claimed == computed => Ok(()),
        Ok(claimed) if claimed.len() == computed.len() => Err(S3Error::BadDigest(name)),
        Ok(_) | Err(_) => Err(S3Error::InvalidDigest(name)),
    }
}

fn sum_fits(algorithm: Algorithm, claimed: &str, computed: &[u8]) -> Result<(), S3Error> {
    let name = algorithm.header();
    match fits(name, claimed, computed) {
        Err(S3Error::InvalidDigest(_)) => Err(S3Error::InvalidRequest(format!(
            "Value for {name} header is invalid."
        ))),
        other => other,
    }
}

/// What a body has turned out to be.
#[derive(Debug)]
pub(super) struct Digests {
    pub(super) size: u64,
    pub(super) md5: Vec<u8>,
    pub(super) algorithm: Algorithm,
    /// By that algorithm.
    pub(super) sum: Vec<u8>,
    sha256: Option<Vec<u8>>,
}

impl Digests {
    pub(super) fn checksum(&self) -> Checksum {
        Checksum::full(self.algorithm, &self.sum)
    }
}

/// Computes what is needed of them while the body passes by.
pub(super) struct Hasher {
    size: u64,
    md5: Md5,
    algorithm: Algorithm,
    sum: Sum,
    sha256: Option<Sha256>,
}

impl Hasher {
    pub(super) fn new(algorithm: Algorithm) -> Self {
        Self {
            size: 0,
            md5: Md5::new(),
            algorithm,
            sum: Sum::new(algorithm),
            sha256: None,
        }
    }

    /// For a body about which this is claimed; where no algorithm is, `usual` is computed.
    pub(super) fn for_claims(claims: &Claims, usual: Algorithm) -> Self {
        let sha256 = claims.signed.is_some().then(Sha256::new);
        let hasher = Self::new(claims.algorithm().unwrap_or(usual));
        Self { sha256, ..hasher }
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.size += bytes.len() as u64;
        self.md5.update(bytes);
        self.sum.update(bytes);
        if let Some(sha256) = &mut self.sha256 {
            sha256.update(bytes);
        }
    }

    pub(super) fn finish(self) -> Digests {
        Digests {
            size: self.size,
            md5: self.md5.finalize().to_vec(),
            algorithm: self.algorithm,
            sum: self.sum.finish(),
            sha256: self.sha256.map(|sha256| sha256.finalize().to_vec()),
        }
    }
}
