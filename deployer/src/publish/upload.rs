//! The files of a draft on their way into the store.

use super::draft::Source;
use super::error::PublishError;
use contract::blob;
use contract::digest::Digest;
use contract::layout;
use contract::store::{Created, Store};
use std::fs;
use std::io;

/// What became of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Upload {
    /// Uploaded now.
    Uploaded,
    /// The store had it, and what it has is right.
    Present,
}

/// Makes sure that the store has the blob of this file, with the right bytes.
pub(super) async fn upload(store: &Store, source: &Source) -> Result<Upload, PublishError> {
    let path = layout::blob(&source.file.sha256);
    if !store.exists(&path).await? {
        let compressed = compress(source)?;
        if store.create(&path, compressed).await? == Created::Yes {
            return Ok(Upload::Uploaded);
        }
    }
    // Another zstd may have compressed the same bytes in another way, so only what comes out of it counts.
    blob::fetch(store, &source.file, io::sink()).await?;
    Ok(Upload::Present)
}

fn compress(source: &Source) -> Result<Vec<u8>, PublishError> {
    let unreadable = |error| PublishError::Unreadable {
        path: source.local.clone(),
        source: error,
    };
    let bytes = fs::read(&source.local).map_err(unreadable)?;
    if Digest::of(&bytes) != source.file.sha256 {
        return Err(PublishError::Changed {
            path: source.local.clone(),
        });
    }
    blob::compress(&bytes).map_err(unreadable)
}
