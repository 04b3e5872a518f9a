//! `current` and `previous`: for people, scripts and the next look at the disk. Processes never run through them.

use super::disk::{Disk, sync_folder};
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// Lets `current` point to `release`, and `previous` to what it pointed to before.
pub(super) fn point(disk: &Disk, release: &Path) -> io::Result<()> {
    let target = relative(release);
    let before = fs::read_link(disk.root().join("current")).ok();
    if before.as_deref() == Some(&target) {
        return Ok(());
    }
    if let Some(before) = before {
        swap(disk, "previous", &before)?;
    }
    swap(disk, "current", &target)?;
    sync_folder(disk.root())
}

/// The releases that the links name, as folders.
pub(super) fn linked(disk: &Disk) -> Vec<PathBuf> {
    ["current", "previous"]
        .iter()
        .filter_map(|link| fs::read_link(disk.root().join(link)).ok())
        .map(|target| disk.root().join(target))
        .collect()
}

fn relative(release: &Path) -> PathBuf {
    Path::new("releases").join(release.file_name().unwrap_or_default())
}

/// A rename over the old link: at every moment there is one, and it points somewhere.
fn swap(disk: &Disk, link: &str, target: &Path) -> io::Result<()> {
    let fresh = disk.staging_place();
    symlink(target, &fresh)?;
    fs::rename(fresh, disk.root().join(link))
}
