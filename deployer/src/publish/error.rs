//! Why a version is not published.

use crate::exit::Exit;
use crate::failure::Explain;
use crate::signing::KeyError;
use contract::blob::BlobError;
use contract::manifest::ManifestError;
use contract::release::ReleaseError;
use contract::store::StoreError;
use semver::Version;
use std::io;
use std::path::PathBuf;

/// Why a version is not published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The operating system's answer.
        #[source]
        source: io::Error,
    },
    /// A folder, a pipe or a device.
    #[error("{} is not a regular file", path.display())]
    NotAFile {
        /// What was named.
        path: PathBuf,
    },
    /// A path whose last part is no text, so that it gives no name.
    #[error("{argument} has no file name that a release can use")]
    NoName {
        /// The argument.
        argument: String,
    },
    /// The file that should be started has no bytes.
    #[error("the entrypoint {} is empty", path.display())]
    EmptyEntrypoint {
        /// The file.
        path: PathBuf,
    },
    /// An argument without a path.
    #[error("--file `{argument}` names no file")]
    NoPath {
        /// The argument.
        argument: String,
    },
    /// Neither the entrypoint nor the command line tells the machine.
    #[error(
        "the entrypoint is neither an ELF executable for x86_64 or aarch64 nor a script that begins with `#!`"
    )]
    UnknownMachine,
    /// The triple is none.
    #[error("`{text}` is not a target triple")]
    BadTarget {
        /// What was given.
        text: String,
    },
    /// The entrypoint is built for another machine.
    #[error("the entrypoint is built for {found}, not for {wanted}")]
    OtherMachine {
        /// The architecture in its ELF header.
        found: String,
        /// The target triple asked for.
        wanted: String,
    },
    /// The manifest would be refused by those who read it.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A file has changed between being listed and being uploaded.
    #[error("{} changed while it was published", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// The version is there, with other content.
    #[error("version {version} is already published with other content: {difference}")]
    OtherContent {
        /// The version.
        version: Version,
        /// The first difference.
        difference: String,
    },
    /// A publish of the same version with other content was begun and never finished.
    #[error("version {version} is claimed by an unfinished publish of other content")]
    OtherClaim {
        /// The version.
        version: Version,
    },
    /// The signing key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A blob in the store is wrong.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// What is in the store under this version cannot be used.
    #[error(transparent)]
    Release(Box<ReleaseError>),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ReleaseError> for PublishError {
    fn from(error: ReleaseError) -> Self {
        Self::Release(Box::new(error))
    }
}

impl Explain for PublishError {
    fn exit(&self) -> Exit {
        match self {
            Self::Unreadable { .. }
            | Self::NotAFile { .. }
            | Self::NoName { .. }
            | Self::EmptyEntrypoint { .. }
            | Self::NoPath { .. }
            | Self::UnknownMachine
            | Self::BadTarget { .. }
            | Self::OtherMachine { .. }
            | Self::Manifest(_)
            | Self::Changed { .. } => Exit::Usage,
            Self::OtherContent { .. } | Self::OtherClaim { .. } => Exit::AlreadyPublished,
            Self::Key(error) => error.exit(),
            Self::Blob(error) => error.exit(),
            Self::Release(error) => error.exit(),
            Self::Store(error) => error.exit(),
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Unreadable { .. } => "check the path and who may read it",
            Self::NotAFile { .. } => {
                "name regular files; those of a folder one by one, each with --file NAME=PATH"
            }
            Self::NoName { .. } => "give it a name: --file NAME=PATH",
            Self::EmptyEntrypoint { .. } => "check that the build wrote it",
            Self::NoPath { .. } => "write --file PATH, or --file NAME=PATH",
            Self::UnknownMachine => {
                "check that it is the file to start, or say what it runs on with --target"
            }
            Self::BadTarget { .. } => "write it as in x86_64-unknown-linux-gnu",
            Self::OtherMachine { .. } => {
                "build for the machine type of the instances, or correct --target"
            }
            Self::Manifest(error) => return manifest_hint(error),
            Self::Changed { .. } => "wait until the build has ended, then publish again",
            Self::OtherContent { .. } => {
                "a published version never changes: publish under a new version"
            }
            Self::OtherClaim { .. } => {
                "publish the very files of that try again, or use a new version"
            }
            Self::Key(error) => return error.hint(),
            Self::Blob(error) => return error.hint(),
            Self::Release(error) => return error.hint(),
            Self::Store(error) => return error.hint(),
        };
        Some(hint.to_owned())
    }
}

fn manifest_hint(error: &ManifestError) -> Option<String> {
    let hint = match error {
        ManifestError::BadPath { .. } => {
            "give it another name with --file NAME=PATH: letters, digits, `.`, `_` and `-`, folders joined by `/`"
        }
        ManifestError::PathCollision { .. } => {
            "give each file a name of its own with --file NAME=PATH"
        }
        ManifestError::BadEntrypoint { .. } => "name one of the files with --entrypoint NAME",
        ManifestError::BadFileCount { .. }
        | ManifestError::FileTooLarge { .. }
        | ManifestError::TooLarge { .. } => "put fewer or smaller files into the release",
        ManifestError::Malformed(_) | ManifestError::UnknownSchema { .. } => return None,
    };
    Some(hint.to_owned())
}
