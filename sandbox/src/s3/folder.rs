//! Folders and files below the store: making, syncing, walking and pruning them. Knows nothing of conditions or HTTP.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::Path;

use jiff::Timestamp;

use super::error::S3Error;
use super::name::Key;

/// Creates the folders between a bucket and a file in it, durably. Another process may be doing the same.
pub(super) fn create_parents(bucket: &Path, path: &Path) -> io::Result<()> {
    let parent = path.parent().unwrap_or(bucket);
    if parent == bucket || parent.is_dir() {
        return Ok(());
    }
    create_parents(bucket, parent)?;
    match fs::create_dir(parent) {
        Err(error) if !parent.is_dir() => Err(error),
        Ok(()) | Err(_) => sync_parent(parent),
    }
}

/// Removes the folders that a deleted object leaves empty, so that their names can be keys again.
pub(super) fn prune(bucket: &Path, path: &Path) {
    let mut folder = path.parent();
    while let Some(empty) = folder.filter(|folder| *folder != bucket) {
        if fs::remove_dir(empty).is_err() {
            return;
        }
        folder = empty.parent();
    }
}

/// Collects the keys of all files below `folder`, which is `prefix` of its bucket, in no order.
pub(super) fn walk(folder: &Path, prefix: &str, keys: &mut Vec<Key>) -> Result<(), S3Error> {
    for entry in read_folder(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let name = entry.file_name();
        // What is no key (a name that is not UTF-8, a link) was put here by someone else and is not an object.
        let Some(key) = name
            .to_str()
            .and_then(|name| Key::parse(&format!("{prefix}{name}")).ok())
            .filter(Key::is_plain)
        else {
            continue;
        };
        if kind.is_dir() {
            walk(&entry.path(), &format!("{}/", key.as_str()), keys)?;
        } else if kind.is_file() {
            keys.push(key);
        }
    }
    Ok(())
}

/// The entries of a folder; none when it is not there.
pub(super) fn read_folder(
    folder: &Path,
) -> io::Result<impl Iterator<Item = io::Result<fs::DirEntry>>> {
    match fs::read_dir(folder) {
        Ok(entries) => Ok(Some(entries).into_iter().flatten()),
        Err(error) if is_absence(&error) => Ok(None.into_iter().flatten()),
        Err(error) => Err(error),
    }
}

pub(super) fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

pub(super) fn sync_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), sync_folder)
}

pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

pub(super) fn modified(facts: &fs::Metadata) -> io::Result<Timestamp> {
    Timestamp::try_from(facts.modified()?).map_err(io::Error::other)
}

pub(super) fn created(facts: &fs::Metadata) -> io::Result<Timestamp> {
    match facts.created() {
        Ok(created) => Timestamp::try_from(created).map_err(io::Error::other),
        Err(_) => modified(facts),
    }
}
