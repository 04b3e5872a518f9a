//! A version before it is published: which local files it consists of, listed and hashed.

use super::error::PublishError;
use super::target;
use crate::cli::PublishArgs;
use contract::digest::{Digest, HashingWriter};
use contract::manifest::{File, MAX_FILE_BYTES, Manifest, ManifestError, Mode, SCHEMA};
use contract::names::Name;
use jiff::Timestamp;
use semver::Version;
use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// A version before it is published.
#[derive(Debug)]
pub struct Draft {
    /// The service.
    pub service: Name,
    /// The version.
    pub version: Version,
    /// The target triple.
    pub target: String,
    /// The name of the file that is started.
    pub entrypoint: String,
    /// The files, with where they are on this machine.
    pub sources: Vec<Source>,
}

/// One local file of a draft.
#[derive(Debug)]
pub struct Source {
    /// Where it is on this machine.
    pub local: PathBuf,
    /// What it is in the release.
    pub file: File,
}

impl Draft {
    /// Lists and hashes the files that the command line names. The entrypoint is the first one unless named.
    pub fn gather(service: Name, args: &PublishArgs) -> Result<Self, PublishError> {
        let named = args
            .files
            .iter()
            .map(|it| split(it))
            .collect::<Result<Vec<_>, _>>()?;
        let first = named.first().map(|(name, _)| name.clone());
        let entrypoint = args.entrypoint.clone().or(first).unwrap_or_default();
        let sources = named
            .into_iter()
            .map(|(name, local)| read(name, local, &entrypoint))
            .collect::<Result<Vec<_>, _>>()?;
        let start = sources.iter().find(|source| source.file.path == entrypoint);
        let start = start.ok_or_else(|| ManifestError::BadEntrypoint {
            entrypoint: entrypoint.clone(),
        })?;
        let header = header(&start.local)?;
        let draft = Self {
            service,
            version: args.version.clone(),
            target: target::triple(args.target.as_deref(), &header)?,
            entrypoint,
            sources,
        };
        // Checked before anything is uploaded; the time plays no part in it.
        draft.manifest(Timestamp::UNIX_EPOCH, None).to_bytes()?;
        Ok(draft)
    }

    /// The manifest of this draft.
    pub fn manifest(&self, created: Timestamp, git_revision: Option<String>) -> Manifest {
        Manifest {
            schema: SCHEMA,
            service: self.service.clone(),
            version: self.version.clone(),
            target: self.target.clone(),
            entrypoint: self.entrypoint.clone(),
            files: self
                .sources
                .iter()
                .map(|source| source.file.clone())
                .collect(),
            created,
            git_revision,
        }
    }

    /// The first difference to a published manifest; `None` when only time and source revision may differ.
    pub fn difference(&self, published: &Manifest) -> Option<String> {
        let own = self.manifest(published.created, published.git_revision.clone());
        if own == *published {
            return None;
        }
        let changed = |file: &&File| !published.files.contains(file);
        Some(if own.target != published.target {
            format!("it is built for {}", published.target)
        } else if own.entrypoint != published.entrypoint {
            format!("it starts `{}`", published.entrypoint)
        } else if let Some(file) = own.files.iter().find(changed) {
            format!("`{}` is another file", file.path)
        } else {
            "it has other files".to_owned()
        })
    }
}

/// The name in the release and the path on this machine, of `PATH` or `NAME=PATH`.
fn split(argument: &str) -> Result<(String, PathBuf), PublishError> {
    if argument.is_empty() || argument.ends_with('=') {
        return Err(PublishError::NoPath {
            argument: argument.to_owned(),
        });
    }
    if let Some((name, path)) = argument.split_once('=') {
        return Ok((name.to_owned(), path.into()));
    }
    let name = Path::new(argument)
        .file_name()
        .and_then(|name| name.to_str());
    let name = name.ok_or_else(|| PublishError::NoName {
        argument: argument.to_owned(),
    })?;
    Ok((name.to_owned(), argument.into()))
}

fn read(name: String, local: PathBuf, entrypoint: &str) -> Result<Source, PublishError> {
    let starts = name == entrypoint;
    let unreadable = |source| PublishError::Unreadable {
        path: local.clone(),
        source,
    };
    // Before it is opened: opening a pipe would wait for its writer.
    let metadata = fs::metadata(&local).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(PublishError::NotAFile { path: local });
    }
    if metadata.len() > MAX_FILE_BYTES {
        return Err(ManifestError::FileTooLarge {
            path: name,
            size: metadata.len(),
        }
        .into());
    }
    let (size, sha256) = hash(&local).map_err(unreadable)?;
    if starts && size == 0 {
        return Err(PublishError::EmptyEntrypoint { path: local });
    }
    // A build that went through an archive or another machine has often lost its mode; what is started needs it.
    let executable = starts || metadata.permissions().mode() & 0o111 != 0;
    let mode = if executable {
        Mode::Executable
    } else {
        Mode::Data
    };
    Ok(Source {
        local,
        file: File {
            path: name,
            mode,
            size,
            sha256,
        },
    })
}

fn hash(path: &Path) -> io::Result<(u64, Digest)> {
    let mut file = fs::File::open(path)?;
    let mut hasher = HashingWriter::new(io::sink());
    io::copy(&mut file, &mut hasher)?;
    let size = hasher.written();
    Ok((size, hasher.finish().1))
}

fn header(path: &Path) -> Result<Vec<u8>, PublishError> {
    let mut header = Vec::new();
    fs::File::open(path)
        .and_then(|file| {
            file.take(target::HEADER_BYTES as u64)
                .read_to_end(&mut header)
        })
        .map_err(|source| PublishError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
    Ok(header)
}
