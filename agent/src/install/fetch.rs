//! Finding the wanted release and bringing its files here.

use super::disk::{Disk, create_folder, sync_folder};
use super::{keep, links, verify};
use contract::blob::{self, BlobError};
use contract::digest::Digest;
use contract::manifest::{self, Manifest};
use contract::names::Name;
use contract::release::{Release, ReleaseError};
use contract::signature::PublicKey;
use contract::store::{Store, StoreError};
use rustix::fs::FallocateFlags;
use rustix::io::Errno;
use semver::Version;
use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The release that the instance's tags ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) version: Version,
    /// The digest of the manifest's exact bytes.
    pub(crate) manifest: Digest,
}

/// A release on this disk, verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Installed {
    /// `releases/<digest16>-<version>`.
    pub(crate) folder: PathBuf,
    pub(crate) manifest: Manifest,
}

/// Why a release is not on this disk.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InstallError {
    #[error(transparent)]
    Release(#[from] ReleaseError),
    #[error(transparent)]
    Blob(#[from] BlobError),
    #[error(
        "the release is built for {target}, and this is {} linux",
        std::env::consts::ARCH
    )]
    OtherTarget { target: String },
    #[error("cannot install the release in {path}")]
    Disk {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

impl InstallError {
    /// Whether the same may succeed a little later. A refusal is transient too: a role that was just attached needs
    /// seconds until every part of AWS knows it.
    pub(crate) fn is_transient(&self) -> bool {
        let passing = |store: &StoreError| {
            matches!(
                store,
                StoreError::Unusable { .. } | StoreError::Refused { .. }
            )
        };
        match self {
            Self::Release(ReleaseError::Store(store)) | Self::Blob(BlobError::Store(store)) => {
                passing(store)
            }
            Self::Release(_) | Self::Blob(_) | Self::OtherTarget { .. } | Self::Disk { .. } => {
                false
            }
        }
    }
}

impl Installed {
    /// The program to start.
    pub(crate) fn entrypoint(&self) -> PathBuf {
        self.files().join(&self.manifest.entrypoint)
    }

    /// The folder of the release's files.
    pub(crate) fn files(&self) -> PathBuf {
        self.folder.join("files")
    }

    /// Lets `current` point here and removes what is too old.
    pub(crate) fn link(&self, disk: &Disk) -> io::Result<()> {
        links::point(disk, &self.folder)?;
        keep::tidy(disk, &self.folder)
    }
}

/// The manifest of the wanted release: from this disk when its pinned bytes lie here, so that an agent which restarts
/// does not need the store; else from the store, signature and all.
pub(crate) async fn resolve(
    disk: &Disk,
    store: &Store,
    key: &PublicKey,
    service: &Name,
    wanted: &Wanted,
) -> Result<Release, InstallError> {
    let folder = disk.release(&wanted.manifest, &wanted.version);
    let here = verify::manifest(&folder, wanted.manifest);
    if let Some((manifest, bytes)) = here
        && manifest.service == *service
        && manifest.version == wanted.version
    {
        return Ok(Release {
            manifest,
            digest: wanted.manifest,
            bytes: bytes.into(),
        });
    }
    let release =
        Release::fetch_pinned(store, key, service, &wanted.version, wanted.manifest).await?;
    if !runs_here(&release.manifest.target) {
        let target = release.manifest.target;
        return Err(InstallError::OtherTarget { target });
    }
    Ok(release)
}

/// Whether a target triple is this machine's. The C library is not compared: a static program needs none.
fn runs_here(target: &str) -> bool {
    let mut parts = target.split('-');
    parts.next() == Some(std::env::consts::ARCH) && parts.any(|part| part == "linux")
}

/// Brings the files here, unless they are here and sound.
pub(crate) async fn install(
    disk: Arc<Disk>,
    store: &Store,
    release: Release,
) -> Result<Installed, InstallError> {
    let folder = disk.release(&release.digest, &release.manifest.version);
    let failed = |source| InstallError::Disk {
        path: folder.clone(),
        source,
    };
    if !is_sound(folder.clone(), release.manifest.clone())
        .await
        .map_err(failed)?
    {
        let place = disk.staging_place();
        let staged = stage(store, &release, &place).await;
        if let Err(error) = staged {
            // Best effort: the next start of an agent wipes it anyway.
            let _ = fs::remove_dir_all(&place);
            return Err(error);
        }
        let (disk, folder) = (disk.clone(), folder.clone());
        blocking(move || settle(&disk, &place, &folder))
            .await
            .map_err(failed)?;
    }
    Ok(Installed {
        manifest: release.manifest,
        folder,
    })
}

async fn is_sound(folder: PathBuf, manifest: Manifest) -> io::Result<bool> {
    blocking(move || {
        if !folder.exists() {
            return Ok(false);
        }
        let fault = verify::fault(&folder, &manifest);
        if let Some(fault) = &fault {
            tracing::warn!("{} is damaged and fetched again: {fault}", folder.display());
        }
        Ok(fault.is_none())
    })
    .await
}

/// Fills `place` with the release: room for all files first, so that a full disk is noticed before anything is fetched.
async fn stage(store: &Store, release: &Release, place: &Path) -> Result<(), InstallError> {
    let failed = |source| InstallError::Disk {
        path: place.to_owned(),
        source,
    };
    let files = place.join("files");
    for file in &release.manifest.files {
        reserve(&files.join(&file.path), file.size).map_err(failed)?;
    }
    for file in &release.manifest.files {
        let reserved = OpenOptions::new().write(true).open(files.join(&file.path));
        let written = blob::fetch(store, file, reserved.map_err(failed)?).await?;
        let mode = Permissions::from_mode(verify::permissions(file.mode));
        blocking(move || {
            written.set_permissions(mode)?;
            written.sync_all()
        })
        .await
        .map_err(failed)?;
    }
    write_manifest(place, &release.bytes).map_err(failed)
}

/// Creates a file that nobody else may open while it is unverified, with room for `size` bytes.
fn reserve(path: &Path, size: u64) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        create_folder(parent, 0o755)?;
    }
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    if size > 0 {
        match rustix::fs::fallocate(&file, FallocateFlags::empty(), 0, size) {
            // Some file systems cannot reserve; there a full disk shows while writing.
            Ok(()) | Err(Errno::OPNOTSUPP) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn write_manifest(place: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(verify::permissions(manifest::Mode::Data))
        .open(place.join("manifest.json"))?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Moves a complete release to its place. Everything below is on the disk before the name is: a power cut leaves the whole
/// release or none.
fn settle(disk: &Disk, place: &Path, folder: &Path) -> io::Result<()> {
    sync_tree(place)?;
    disk.discard(folder)?;
    fs::rename(place, folder)?;
    sync_folder(&disk.releases())
}

fn sync_tree(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_tree(&entry.path())?;
        }
    }
    sync_folder(folder)
}

/// Runs disk work beside the agent's one thread, which must stay free to answer signals and hooks.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => Err(io::Error::other(error)),
    }
}

#[cfg(test)]
mod tests;
