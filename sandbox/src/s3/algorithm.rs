//! The checksums that S3 keeps beside an object. Pure.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use crc_fast::CrcAlgorithm;
use serde::{Deserialize, Serialize};
use sha1::{Digest as _, Sha1};
use sha2::Sha256;

/// How a checksum is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Algorithm {
    Crc32,
    Crc32c,
    /// What S3 computes where the client asks for nothing else.
    Crc64Nvme,
    Sha1,
    Sha256,
}

/// Of what a multipart object's checksum is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Kind {
    /// Of its bytes.
    FullObject,
    /// Of the checksums of its parts.
    Composite,
}

/// The checksum that is kept with an object or a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Checksum {
    pub(super) algorithm: Algorithm,
    pub(super) kind: Kind,
    /// Base64; with `-N` for a composite one of N parts.
    pub(super) value: String,
}

impl Algorithm {
    pub(super) const ALL: [Self; 5] = [
        Self::Crc32,
        Self::Crc32c,
        Self::Crc64Nvme,
        Self::Sha1,
        Self::Sha256,
    ];

    /// As requests name it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    /// The header or trailer with its value.
    pub(super) fn header(self) -> &'static str {
        match self {
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32c => "x-amz-checksum-crc32c",
            Self::Crc64Nvme => "x-amz-checksum-crc64nvme",
            Self::Sha1 => "x-amz-checksum-sha1",
            Self::Sha256 => "x-amz-checksum-sha256",
        }
    }

    /// The element with its value.
    pub(super) fn element(self) -> &'static str {
        match self {
            Self::Crc32 => "ChecksumCRC32",
            Self::Crc32c => "ChecksumCRC32C",
            Self::Crc64Nvme => "ChecksumCRC64NVME",
            Self::Sha1 => "ChecksumSHA1",
            Self::Sha256 => "ChecksumSHA256",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    pub(super) fn of_header(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|known| known.header().eq_ignore_ascii_case(name))
    }

    /// How a multipart upload uses it when nothing is said.
    pub(super) fn usual_kind(self) -> Kind {
        match self {
            Self::Crc64Nvme => Kind::FullObject,
            Self::Crc32 | Self::Crc32c | Self::Sha1 | Self::Sha256 => Kind::Composite,
        }
    }

    /// Digests of parts cannot be combined to one of the whole, and CRC64NVME is only known of the whole.
    pub(super) fn can_be(self, kind: Kind) -> bool {
        match self {
            Self::Crc32 | Self::Crc32c => true,
            Self::Crc64Nvme => kind == Kind::FullObject,
            Self::Sha1 | Self::Sha256 => kind == Kind::Composite,
        }
    }
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::FullObject => "FULL_OBJECT",
            Self::Composite => "COMPOSITE",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        [Self::FullObject, Self::Composite]
            .into_iter()
            .find(|known| known.name() == name)
    }
}

impl Checksum {
    /// Of bytes that have passed by.
    pub(super) fn full(algorithm: Algorithm, digest: &[u8]) -> Self {
        Self {
            algorithm,
            kind: Kind::FullObject,
            value: BASE64.encode(digest),
        }
    }

    /// Of an object made of parts with these digests.
    pub(super) fn composite<'a>(
        algorithm: Algorithm,
        parts: impl ExactSizeIterator<Item = &'a [u8]>,
    ) -> Self {
        let count = parts.len();
        let mut sum = Sum::new(algorithm);
        parts.for_each(|digest| sum.update(digest));
        Self {
            algorithm,
            kind: Kind::Composite,
            value: format!("{}-{count}", BASE64.encode(sum.finish())),
        }
    }
}

/// One checksum in the making.
pub(super) enum Sum {
    /// The first two fit into 32 bits.
    Short(crc_fast::Digest),
    Long(crc_fast::Digest),
    Sha1(Sha1),
    Sha256(Sha256),
}

impl Sum {
    pub(super) fn new(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Crc32 => Self::Short(crc_fast::Digest::new(CrcAlgorithm::Crc32IsoHdlc)),
            Algorithm::Crc32c => Self::Short(crc_fast::Digest::new(CrcAlgorithm::Crc32Iscsi)),
            Algorithm::Crc64Nvme => Self::Long(crc_fast::Digest::new(CrcAlgorithm::Crc64Nvme)),
            Algorithm::Sha1 => Self::Sha1(Sha1::new()),
            Algorithm::Sha256 => Self::Sha256(Sha256::new()),
        }
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Short(crc) | Self::Long(crc) => crc.update(bytes),
            Self::Sha1(sha) => sha.update(bytes),
            Self::Sha256(sha) => sha.update(bytes),
        }
    }

    pub(super) fn finish(self) -> Vec<u8> {
        match self {
            Self::Short(crc) => crc.finalize().to_be_bytes()[4..].to_vec(),
            Self::Long(crc) => crc.finalize().to_be_bytes().to_vec(),
            Self::Sha1(sha) => sha.finalize().to_vec(),
            Self::Sha256(sha) => sha.finalize().to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check values of the CRC catalogue and of the SHA standards, for `123456789`.
    #[test]
    fn every_algorithm_computes_what_its_standard_says() {
        for (algorithm, expected) in [
            (Algorithm::Crc32, "cbf43926"),
            (Algorithm::Crc32c, "e3069283"),
            (Algorithm::Crc64Nvme, "ae8b14860a799888"),
            (Algorithm::Sha1, "f7c3bc1d808e04732adf679965ccc34ca7ae3441"),
            (
                Algorithm::Sha256,
                "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
            ),
        ] {
            let mut sum = Sum::new(algorithm);
            sum.update(b"1234");
            sum.update(b"56789");
            assert_eq!(hex::encode(sum.finish()), expected, "{algorithm:?}");
            assert_eq!(Algorithm::named(algorithm.name()), Some(algorithm));
            assert_eq!(Algorithm::of_header(algorithm.header()), Some(algorithm));
            assert!(algorithm.can_be(algorithm.usual_kind()));
        }
    }

    #[test]
    fn a_composite_checksum_is_one_of_the_parts_digests() {
        let digests: [&[u8]; 2] = [&[0; 32], &[1; 32]];
        let checksum = Checksum::composite(Algorithm::Sha256, digests.into_iter());
        let whole = BASE64.encode(Sha256::digest(digests.concat()));
        assert_eq!(checksum.value, format!("{whole}-2"));
    }
}
