//! A published release, read and verified: the only way from a version or a digest to a manifest that may be trusted.

use crate::digest::Digest;
use crate::layout;
use crate::manifest::{self, Manifest, ManifestError};
use crate::names::Name;
use crate::signature::{PublicKey, SignatureError};
use crate::store::{Store, StoreError};
use bytes::Bytes;
use semver::Version;

/// The largest signature file read, in bytes: four short lines.
const MAX_SIGNATURE_BYTES: usize = 4096;

/// A manifest whose signature was checked, and the digest of its exact bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// What the release consists of.
    pub manifest: Manifest,
    /// The digest of the manifest's exact bytes, which tags and records carry.
    pub digest: Digest,
    /// The manifest's exact bytes, for whoever keeps a copy that `digest` still fits.
    pub bytes: Bytes,
}

/// Why a version cannot be used. Each variant is a story of its own for the operator.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// Nothing is published under this version.
    #[error("version {version} of {service} is not published in {store}")]
    UnknownVersion {
        /// The service.
        service: Name,
        /// The version asked for.
        version: Version,
        /// The store's URL.
        store: String,
    },
    /// The manifest is there, its signature is not.
    #[error("the manifest of {service} {version} is not signed")]
    Unsigned {
        /// The service.
        service: Name,
        /// The version.
        version: Version,
    },
    /// The signature does not fit the manifest and the configured key.
    #[error("the manifest of {service} {version} cannot be trusted: {source}")]
    BadSignature {
        /// The service.
        service: Name,
        /// The version.
        version: Version,
        /// How it does not fit.
        #[source]
        source: SignatureError,
    },
    /// Properly signed, yet not readable by this version or against the rules.
    #[error("the manifest of {service} {version} is refused: {source}")]
    BadManifest {
        /// The service.
        service: Name,
        /// The version.
        version: Version,
        /// What is wrong with it.
        #[source]
        source: ManifestError,
    },
    /// Properly signed, for another service or version: somebody moved it.
    #[error("the manifest of {service} {version} is one of {found}")]
    Misplaced {
        /// The service asked for.
        service: Name,
        /// The version asked for.
        version: Version,
        /// What it says it is.
        found: String,
    },
    /// Properly signed, but not the bytes that the instance's tag pins.
    #[error("the manifest of {service} {version} has the digest {found}, and {wanted} is wanted")]
    WrongDigest {
        /// The service.
        service: Name,
        /// The version.
        version: Version,
        /// The digest pinned.
        wanted: Digest,
        /// The digest found.
        found: Digest,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Release {
    /// Reads the manifest of a version and checks it in this order: present, signed, signature, form, service and version.
    pub async fn fetch(
        store: &Store,
        key: &PublicKey,
        service: &Name,
        version: &Version,
    ) -> Result<Self, ReleaseError> {
        let (service, version) = (service.clone(), version.clone());
        let bytes = read_manifest(store, &service, &version).await?;
        let signature = read_signature(store, &service, &version).await?;
        if let Err(source) = key.verify(&bytes, &signature) {
            return Err(ReleaseError::BadSignature {
                service,
                version,
                source,
            });
        }
        let manifest = match Manifest::parse(&bytes) {
            Ok(manifest) => manifest,
            Err(source) => {
                return Err(ReleaseError::BadManifest {
                    service,
                    version,
                    source,
                });
            }
        };
        if manifest.service != service || manifest.version != version {
            let found = format!("{} {}", manifest.service, manifest.version);
            return Err(ReleaseError::Misplaced {
                service,
                version,
                found,
            });
        }
        Ok(Self {
            manifest,
            digest: Digest::of(&bytes),
            bytes,
        })
    }

    /// As [`Release::fetch`], and the manifest must be the one that `wanted` pins.
    pub async fn fetch_pinned(
        store: &Store,
        key: &PublicKey,
        service: &Name,
        version: &Version,
        wanted: Digest,
    ) -> Result<Self, ReleaseError> {
        let release = Self::fetch(store, key, service, version).await?;
        if release.digest == wanted {
            return Ok(release);
        }
        let (service, version) = (service.clone(), version.clone());
        Err(ReleaseError::WrongDigest {
            service,
            version,
            wanted,
            found: release.digest,
        })
    }
}

async fn read_manifest(
    store: &Store,
    service: &Name,
    version: &Version,
) -> Result<Bytes, ReleaseError> {
    let path = layout::manifest(service, version);
    let found = store.read(&path, manifest::MAX_BYTES).await?;
    found.ok_or_else(|| ReleaseError::UnknownVersion {
        service: service.clone(),
        version: version.clone(),
        store: store.url().to_string(),
    })
}

async fn read_signature(
    store: &Store,
    service: &Name,
    version: &Version,
) -> Result<String, ReleaseError> {
    let path = layout::signature(service, version);
    let unsigned = || ReleaseError::Unsigned {
        service: service.clone(),
        version: version.clone(),
    };
    let bytes = store
        .read(&path, MAX_SIGNATURE_BYTES)
        .await?
        .ok_or_else(unsigned)?;
    // Bytes that are no text are no signature either; an empty text says so to the verifier.
    Ok(String::from_utf8(bytes.into()).unwrap_or_default())
}
