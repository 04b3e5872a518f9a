//! A certificate chain and its private key: read from PEM files and checked against each other.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tokio_rustls::rustls::crypto::CryptoProvider;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{self, InconsistentKeys};

/// Why a certificate and its key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file is absent, not permitted or no file.
    #[error("{} cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file has nothing in it.
    #[error("{} is empty", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// A file's PEM sections are damaged.
    #[error("{} is damaged: {damage}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong in it.
        damage: String,
    },
    /// The file for certificates has a private key in it, or the other way round.
    #[error("{} holds {found} and no {wanted}: are the two files swapped?", path.display())]
    Swapped {
        /// The file.
        path: PathBuf,
        /// What it is for.
        wanted: &'static str,
        /// What is in it.
        found: &'static str,
    },
    /// A file has no PEM section of the kind that it is for.
    #[error("{} holds no {wanted} in PEM form", path.display())]
    Nothing {
        /// The file.
        path: PathBuf,
        /// What it is for.
        wanted: &'static str,
    },
    /// The key is protected by a passphrase.
    #[error("the private key in {} is encrypted; it has to be stored without a passphrase", path.display())]
    Encrypted {
        /// The key's file.
        path: PathBuf,
    },
    /// The key is of no kind that can sign here.
    #[error("the private key in {} cannot be used (taken are RSA from 2048 bits, ECDSA P-256 and P-384, Ed25519)", path.display())]
    Key {
        /// The key's file.
        path: PathBuf,
        /// Why.
        #[source]
        source: rustls::Error,
    },
    /// The first certificate is no X.509 certificate.
    #[error("the first certificate in {} cannot be used", path.display())]
    Certificate {
        /// The chain's file.
        path: PathBuf,
        /// Why.
        #[source]
        source: rustls::Error,
    },
    /// Certificate and key do not belong together.
    #[error(
        "the private key in {} does not belong to the first certificate in {} (the server's own comes first)",
        key.display(),
        certificate.display()
    )]
    Mismatch {
        /// The chain's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
}

const CERTIFICATE: &str = "certificate";
const KEY: &str = "private key";

/// Reads and checks the pair. One file may hold both.
pub(super) fn load(
    certificate: &Path,
    key: &Path,
    provider: &CryptoProvider,
) -> Result<CertifiedKey, TlsError> {
    let chain = chain(certificate)?;
    let signer = provider
        .key_provider
        .load_private_key(private_key(key)?)
        .map_err(|source| TlsError::Key {
            path: key.to_owned(),
            source,
        })?;
    let pair = CertifiedKey::new(chain, signer);
    match pair.keys_match() {
        Ok(()) => Ok(pair),
        Err(rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) => {
            Err(TlsError::Mismatch {
                certificate: certificate.to_owned(),
                key: key.to_owned(),
            })
        }
        Err(source) => Err(TlsError::Certificate {
            path: certificate.to_owned(),
            source,
        }),
    }
}

fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let text = read(path)?;
    let chain = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| damaged(path, error))?;
    if !chain.is_empty() {
        return Ok(chain);
    }
    let has_key = is_encrypted(&text) || PrivateKeyDer::from_pem_slice(&text).is_ok();
    Err(lacking(
        path,
        CERTIFICATE,
        has_key.then_some("a private key"),
    ))
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let text = read(path)?;
    match PrivateKeyDer::from_pem_slice(&text) {
        Ok(key) => Ok(key),
        Err(_) if is_encrypted(&text) => Err(TlsError::Encrypted {
            path: path.to_owned(),
        }),
        Err(pem::Error::NoItemsFound) => {
            let has_certificate = CertificateDer::from_pem_slice(&text).is_ok();
            Err(lacking(
                path,
                KEY,
                has_certificate.then_some("a certificate"),
            ))
        }
        Err(error) => Err(damaged(path, error)),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    let text = fs::read(path).map_err(|source| TlsError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    if text.trim_ascii().is_empty() {
        return Err(TlsError::Empty {
            path: path.to_owned(),
        });
    }
    Ok(text)
}

/// As PKCS #8 says it, and as OpenSSL did before (RFC 1421, 4.6.1.1).
fn is_encrypted(text: &[u8]) -> bool {
    text.split(|byte| *byte == b'\n').any(|line| {
        line.starts_with(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
            || line.starts_with(b"Proc-Type: 4,ENCRYPTED")
    })
}

fn lacking(path: &Path, wanted: &'static str, found: Option<&'static str>) -> TlsError {
    let path = path.to_owned();
    match found {
        Some(found) => TlsError::Swapped {
            path,
            wanted,
            found,
        },
        None => TlsError::Nothing { path, wanted },
    }
}

/// Nothing of the file is quoted: with its line breaks lost, all of a key is one line.
fn damaged(path: &Path, error: pem::Error) -> TlsError {
    let damage = match error {
        pem::Error::MissingSectionEnd { .. } => {
            "a section does not end (are its line breaks lost?)".to_owned()
        }
        pem::Error::IllegalSectionStart { .. } => {
            "a line that begins a section is malformed".to_owned()
        }
        other => other.to_string(),
    };
    TlsError::Damaged {
        path: path.to_owned(),
        damage,
    }
}
