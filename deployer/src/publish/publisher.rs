//! Publishing: the order of the writes, and what there is to say afterwards.

use super::claim::{self, Origin};
use super::draft::Draft;
use super::error::PublishError;
use super::upload::{self, Upload};
use crate::report::Transfer;
use crate::signing::SigningKey;
use contract::digest::Digest;
use contract::layout;
use contract::manifest::File;
use contract::names::Name;
use contract::release::{Release, ReleaseError};
use contract::signature::PublicKey;
use contract::store::{Created, Store};
use semver::Version;
use serde::Serialize;

/// Publishes drafts into one store, signed by one key.
#[derive(Debug)]
pub struct Publisher<'a> {
    store: &'a Store,
    public_key: &'a PublicKey,
    key: &'a SigningKey,
}

/// A version that is published: now, or before with the same content.
#[derive(Debug, Serialize)]
pub struct Published {
    /// The service.
    pub service: Name,
    /// The version.
    pub version: Version,
    /// The digest of the manifest's exact bytes.
    pub manifest: Digest,
    /// The target triple.
    pub target: String,
    /// The file that is started.
    pub entrypoint: String,
    /// The files.
    pub files: Vec<PublishedFile>,
    /// Whether the version was published before, with the same content.
    pub already: bool,
    /// The store's URL.
    pub store: String,
}

/// One file of a published version.
#[derive(Debug, Serialize)]
pub struct PublishedFile {
    /// What it is in the release.
    #[serde(flatten)]
    pub file: File,
    /// Whether it was uploaded now; else the store had it.
    pub uploaded: bool,
}

impl<'a> Publisher<'a> {
    /// A publisher whose key is the secret half of `public_key`.
    pub fn new(
        store: &'a Store,
        public_key: &'a PublicKey,
        key: &'a SigningKey,
    ) -> Result<Self, PublishError> {
        key.check_pair(public_key)?;
        Ok(Self {
            store,
            public_key,
            key,
        })
    }

    /// Publishes a draft. Safe to repeat, and safe beside another publisher of the same version.
    pub async fn publish(
        &self,
        draft: &Draft,
        origin: &Origin,
        transfer: &Transfer,
    ) -> Result<Published, PublishError> {
        let before = self.published(draft).await?;
        let files = self.upload(draft, transfer).await?;
        if before.is_none() {
            self.release(draft, origin).await?;
        }
        // Read back as everybody else will read it.
        let release =
            Release::fetch(self.store, self.public_key, &draft.service, &draft.version).await?;
        Ok(Published {
            service: draft.service.clone(),
            version: draft.version.clone(),
            manifest: release.digest,
            target: draft.target.clone(),
            entrypoint: draft.entrypoint.clone(),
            files,
            already: before.is_some(),
            store: self.store.url().to_string(),
        })
    }

    /// The release of this version if there is one; an error if its content is not the draft's.
    async fn published(&self, draft: &Draft) -> Result<Option<Release>, PublishError> {
        let (service, version) = (&draft.service, &draft.version);
        match Release::fetch(self.store, self.public_key, service, version).await {
            Ok(release) => match draft.difference(&release.manifest) {
                Some(difference) => Err(PublishError::OtherContent {
                    version: version.clone(),
                    difference,
                }),
                None => Ok(Some(release)),
            },
            Err(ReleaseError::UnknownVersion { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn upload(
        &self,
        draft: &Draft,
        transfer: &Transfer,
    ) -> Result<Vec<PublishedFile>, PublishError> {
        let mut files = Vec::new();
        for source in &draft.sources {
            transfer.begin(&source.file.path);
            let upload = upload::upload(self.store, source).await?;
            transfer.advance(source.file.size);
            let uploaded = upload == Upload::Uploaded;
            files.push(PublishedFile {
                file: source.file.clone(),
                uploaded,
            });
        }
        Ok(files)
    }

    async fn release(&self, draft: &Draft, origin: &Origin) -> Result<(), PublishError> {
        let bytes = claim::claim(self.store, draft, self.key, self.public_key, origin).await?;
        let path = layout::manifest(&draft.service, &draft.version);
        match self.store.create(&path, bytes).await? {
            Created::Yes => Ok(()),
            // Whoever wrote it held no claim on the version; what it is worth, its signature tells.
            Created::ExistsWithOtherContent => self.published(draft).await.map(drop),
        }
    }
}
