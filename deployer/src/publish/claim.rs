//! The signature as a claim on a version.
//!
//! The signature is created before the manifest, and creating it is what decides between two publishers. Its trusted
//! comment carries the two things in a manifest that are not content, time and source revision. So whoever comes later with
//! the same files (a second publisher, or a retry after a crash) rebuilds exactly the bytes that were signed and completes
//! the release; whoever comes with other files cannot, and is refused.

use super::draft::Draft;
use super::error::PublishError;
use super::revision::is_revision;
use crate::signing::SigningKey;
use contract::digest::Digest;
use contract::layout;
use contract::signature::PublicKey;
use contract::store::{Created, Store};
use jiff::Timestamp;
use minisign::SignatureBox;

/// The largest signature file read, in bytes: four short lines.
const MAX_SIGNATURE_BYTES: usize = 4096;

/// When and from what a version was published: what a manifest says beside its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    created: Timestamp,
    git_revision: Option<String>,
}

impl Origin {
    /// Published now, from this source revision. Kept to the second, because people read it.
    pub fn new(now: Timestamp, git_revision: Option<String>) -> Self {
        let created = Timestamp::from_second(now.as_second()).unwrap_or(now);
        Self {
            created,
            git_revision,
        }
    }
}

/// Claims the version and returns the manifest's bytes, whose signature is in the store from now on.
pub(super) async fn claim(
    store: &Store,
    draft: &Draft,
    key: &SigningKey,
    public_key: &PublicKey,
    origin: &Origin,
) -> Result<Vec<u8>, PublishError> {
    let path = layout::signature(&draft.service, &draft.version);
    if let Some(there) = store.read(&path, MAX_SIGNATURE_BYTES).await? {
        return adopt(draft, public_key, &there);
    }
    let bytes = draft
        .manifest(origin.created, origin.git_revision.clone())
        .to_bytes()?;
    let signature = key.sign(&bytes, &comment(draft, origin, Digest::of(&bytes)))?;
    if store.create(&path, signature).await? == Created::Yes {
        return Ok(bytes);
    }
    let there = store
        .read(&path, MAX_SIGNATURE_BYTES)
        .await?
        .unwrap_or_default();
    adopt(draft, public_key, &there)
}

/// The bytes that `signature` was made for, if they are this draft's.
fn adopt(draft: &Draft, public_key: &PublicKey, signature: &[u8]) -> Result<Vec<u8>, PublishError> {
    let other = || PublishError::OtherClaim {
        version: draft.version.clone(),
    };
    let text = std::str::from_utf8(signature).map_err(|_| other())?;
    let comment = SignatureBox::from_string(text)
        .and_then(|it| it.trusted_comment())
        .map_err(|_| other())?;
    let origin = origin(&comment).ok_or_else(other)?;
    let bytes = draft
        .manifest(origin.created, origin.git_revision)
        .to_bytes()?;
    public_key.verify(&bytes, text).map_err(|_| other())?;
    Ok(bytes)
}

fn comment(draft: &Draft, origin: &Origin, digest: Digest) -> String {
    let Draft {
        service, version, ..
    } = draft;
    let Origin {
        created,
        git_revision,
    } = origin;
    let revision = git_revision
        .as_ref()
        .map(|revision| format!(" git={revision}"))
        .unwrap_or_default();
    format!(
        "service={service} version={version} sha256={} created={created}{revision}",
        digest.hex()
    )
}

fn origin(comment: &str) -> Option<Origin> {
    let value = |key: &str| {
        comment
            .split(' ')
            .find_map(|word| word.strip_prefix(key)?.strip_prefix('='))
    };
    Some(Origin {
        created: value("created")?.parse().ok()?,
        git_revision: value("git")
            .filter(|text| is_revision(text))
            .map(str::to_owned),
    })
}
