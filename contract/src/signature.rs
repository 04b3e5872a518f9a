//! Minisign signatures: Ed25519 over BLAKE2b-512 of the exact bytes, readable by the `minisign` tool.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The public half of the release key: one line of base64, as in a `minisign.pub` file (`RW…`).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicKey(String);

/// Why a public key or a signature was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The key in the configuration is not a minisign public key.
    #[error("`{text}` is not a minisign public key")]
    BadKey {
        /// The refused text.
        text: String,
    },
    /// The signature file cannot be read as a minisign signature.
    #[error("the signature is not a minisign signature")]
    Malformed,
    /// Signed by a key other than the configured one.
    #[error("the signature was made with another key")]
    OtherKey,
    /// The bytes are not the ones that were signed.
    #[error("the bytes are not the ones that were signed")]
    Mismatch,
}

impl PublicKey {
    /// The key as one line of base64.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Checks that `signature` (the text of a `.minisig` file) is this key's signature over exactly `bytes`.
    pub fn verify(&self, bytes: &[u8], signature: &str) -> Result<(), SignatureError> {
        let key = decode(&self.0)?;
        let signature =
            minisign_verify::Signature::decode(signature).map_err(|_| SignatureError::Malformed)?;
        // Legacy signatures hash nothing beforehand; current tools never write them, so they are refused.
        key.verify(bytes, &signature, false)
            .map_err(|error| match error {
                minisign_verify::Error::UnexpectedKeyId => SignatureError::OtherKey,
                minisign_verify::Error::InvalidSignature => SignatureError::Mismatch,
                _ => SignatureError::Malformed,
            })
    }
}

fn decode(text: &str) -> Result<minisign_verify::PublicKey, SignatureError> {
    minisign_verify::PublicKey::from_base64(text).map_err(|_| SignatureError::BadKey {
        text: text.to_owned(),
    })
}

impl FromStr for PublicKey {
    type Err = SignatureError;

    /// Accepts the bare line or a whole `minisign.pub` file (comment line, then the key).
    fn from_str(text: &str) -> Result<Self, SignatureError> {
        let line = text.trim().lines().last().unwrap_or_default().trim();
        decode(line)?;
        Ok(Self(line.to_owned()))
    }
}

impl TryFrom<String> for PublicKey {
    type Error = SignatureError;

    fn try_from(text: String) -> Result<Self, SignatureError> {
        text.parse()
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> Self {
        key.0
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
