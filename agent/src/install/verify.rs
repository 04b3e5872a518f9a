//! Whether what lies on the disk is still what was installed. Asked before every start of the agent's first server, since
//! disks fail and people edit files.

use contract::digest::{Digest, HashingWriter};
use contract::manifest::{File, Manifest, Mode};
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// The manifest of an installed release, when its bytes are the ones that `wanted` pins.
pub(super) fn manifest(folder: &Path, wanted: Digest) -> Option<(Manifest, Vec<u8>)> {
    let bytes = fs::read(folder.join("manifest.json")).ok()?;
    if Digest::of(&bytes) != wanted {
        return None;
    }
    let manifest = Manifest::parse(&bytes).ok()?;
    Some((manifest, bytes))
}

/// What is wrong with an installed release; `None` when nothing is.
pub(super) fn fault(folder: &Path, manifest: &Manifest) -> Option<String> {
    manifest.files.iter().find_map(|file| {
        let path = folder.join("files").join(&file.path);
        match check(&path, file) {
            Ok(None) => None,
            Ok(Some(fault)) => Some(format!("{} {fault}", file.path)),
            Err(error) => Some(format!("{}: {error}", file.path)),
        }
    })
}

/// The permissions that an installed file has: nobody writes to it again.
pub(super) fn permissions(mode: Mode) -> u32 {
    match mode {
        Mode::Data => 0o444,
        Mode::Executable => 0o555,
    }
}

fn check(path: &Path, file: &File) -> io::Result<Option<String>> {
    let found = fs::symlink_metadata(path)?;
    if !found.is_file() {
        return Ok(Some("is not a file".to_owned()));
    }
    if found.permissions().mode() & 0o7777 != permissions(file.mode) {
        return Ok(Some("has other permissions".to_owned()));
    }
    if found.len() != file.size {
        return Ok(Some(format!("has {} bytes", found.len())));
    }
    let mut hasher = HashingWriter::new(io::sink());
    io::copy(&mut fs::File::open(path)?, &mut hasher)?;
    let (_, digest) = hasher.finish();
    Ok((digest != file.sha256).then(|| "has another content".to_owned()))
}
