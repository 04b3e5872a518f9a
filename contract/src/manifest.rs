//! The release manifest: what a version of a service consists of.
//!
//! The signature covers the exact bytes, so the bytes are never rewritten: [`Manifest::parse`] reads them,
//! [`Manifest::to_bytes`] writes them once, when the release is published.

use crate::digest::Digest;
use crate::names::Name;
use jiff::Timestamp;
use semver::Version;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The only schema known to this version of the code.
pub const SCHEMA: u32 = 1;

/// The largest manifest read, in bytes. A thousand files fit; an endless body does not.
pub const MAX_BYTES: usize = 256 * 1024;

/// The largest number of files in a release. Beyond that an archive inside one file is the better container.
pub const MAX_FILES: usize = 1000;

/// The largest file of a release, in bytes: far above any service binary, far below a filled disk.
pub const MAX_FILE_BYTES: u64 = 2 * 1024 * 1024 * 1024;

/// What a version of a service consists of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The format, [`SCHEMA`].
    pub schema: u32,
    /// The service that this is a release of.
    pub service: Name,
    /// The version, unique within the service; once published it never changes.
    pub version: Version,
    /// The Rust target triple that the files are built for, for example `x86_64-unknown-linux-gnu`.
    pub target: String,
    /// The path of the file that is started.
    pub entrypoint: String,
    /// Every file of the release.
    pub files: Vec<File>,
    /// When the release was published.
    pub created: Timestamp,
    /// The source revision, where the publisher knew it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub git_revision: Option<String>,
}

/// One file of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// The path inside the release: components of letters, digits, `.`, `_` and `-`, joined by `/`.
    pub path: String,
    /// What the file may do.
    pub mode: Mode,
    /// The size in bytes, uncompressed.
    pub size: u64,
    /// The digest of the uncompressed bytes.
    pub sha256: Digest,
}

/// The two modes a file can have. Nothing else can be expressed, so nothing else can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mode {
    /// Read only.
    #[serde(rename = "0644")]
    Data,
    /// May be executed.
    #[serde(rename = "0755")]
    Executable,
}

/// Why a manifest is refused.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// Larger than [`MAX_BYTES`].
    #[error("the manifest has {bytes} bytes, more than the {MAX_BYTES} allowed")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// Not JSON, a missing or doubled key, or a value of the wrong form.
    #[error("the manifest cannot be read: {0}")]
    Malformed(#[source] serde_json::Error),
    /// Written by a later version of the tools.
    #[error("the manifest has schema {schema}, and this version knows only {SCHEMA}")]
    UnknownSchema {
        /// The schema found.
        schema: u32,
    },
    /// A path that could leave the release's folder or that is not portable.
    #[error("`{path}` is not allowed as a path in a release")]
    BadPath {
        /// The refused path.
        path: String,
    },
    /// Two files at the same place, or a file where a folder must be.
    #[error("`{path}` collides with another file of the release")]
    PathCollision {
        /// The path seen second.
        path: String,
    },
    /// The file to start is not in the list, or may not be executed.
    #[error("the entrypoint `{entrypoint}` is not an executable file of the release")]
    BadEntrypoint {
        /// The entrypoint named.
        entrypoint: String,
    },
    /// No file, or too many.
    #[error("the release has {count} files; 1 to {MAX_FILES} are allowed")]
    BadFileCount {
        /// Files listed.
        count: usize,
    },
    /// A file larger than [`MAX_FILE_BYTES`].
    #[error("`{path}` has {size} bytes, more than the {MAX_FILE_BYTES} allowed")]
    FileTooLarge {
        /// The file.
        path: String,
        /// Its size.
        size: u64,
    },
}

impl Manifest {
    /// Reads and checks a manifest. The signature is not checked here: see [`crate::release`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        if bytes.len() > MAX_BYTES {
            return Err(ManifestError::TooLarge { bytes: bytes.len() });
        }
        // The schema first: a later format may differ everywhere else, and the reader deserves that answer.
        let probe: SchemaProbe = serde_json::from_slice(bytes).map_err(ManifestError::Malformed)?;
        if probe.schema != SCHEMA {
            return Err(ManifestError::UnknownSchema {
                schema: probe.schema,
            });
        }
        let manifest: Self = serde_json::from_slice(bytes).map_err(ManifestError::Malformed)?;
        manifest.check()?;
        Ok(manifest)
    }

    /// The bytes to sign and publish: indented JSON with a final newline, readable by people.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ManifestError> {
        self.check()?;
        let mut bytes = serde_json::to_vec_pretty(self).map_err(ManifestError::Malformed)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// The sum of the files' sizes, in bytes.
    pub fn total_size(&self) -> u64 {
        self.files.iter().map(|file| file.size).sum()
    }

    fn check(&self) -> Result<(), ManifestError> {
        if self.files.is_empty() || self.files.len() > MAX_FILES {
            return Err(ManifestError::BadFileCount {
                count: self.files.len(),
            });
        }
        self.files.iter().try_for_each(File::check)?;
        check_collisions(&self.files)?;
        let starts = |file: &File| file.path == self.entrypoint && file.mode == Mode::Executable;
        if !self.files.iter().any(starts) {
            return Err(ManifestError::BadEntrypoint {
                entrypoint: self.entrypoint.clone(),
            });
        }
        Ok(())
    }
}

#[derive(Deserialize)]
struct SchemaProbe {
    schema: u32,
}

impl File {
    fn check(&self) -> Result<(), ManifestError> {
        if !is_portable(&self.path) {
            return Err(ManifestError::BadPath {
                path: self.path.clone(),
            });
        }
        if self.size > MAX_FILE_BYTES {
            return Err(ManifestError::FileTooLarge {
                path: self.path.clone(),
                size: self.size,
            });
        }
        Ok(())
    }
}

/// Components of plain characters only, so that no path can climb out, be absolute or be hidden by an encoding.
fn is_portable(path: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    path.len() <= 255
        && path
            .split('/')
            .all(|part| !part.is_empty() && part != "." && part != ".." && part.chars().all(plain))
}

fn check_collisions(files: &[File]) -> Result<(), ManifestError> {
    let paths: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
    let mut seen = BTreeSet::new();
    for file in files {
        let inside_a_file = file
            .path
            .match_indices('/')
            .any(|(end, _)| paths.contains(&file.path[..end]));
        if inside_a_file || !seen.insert(file.path.as_str()) {
            return Err(ManifestError::PathCollision {
                path: file.path.clone(),
            });
        }
    }
    Ok(())
}
