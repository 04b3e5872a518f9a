//! The release that a rehearsal deploys, checked before anything is started for it: a whole group comes up first, and what
//! `deploy publish` would refuse after that can be refused at once.

use super::failure::{Exit, Failure};
use sandbox::names;
use semver::Version;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// Why a release cannot be rehearsed.
#[derive(Debug, thiserror::Error)]
enum ReleaseError {
    #[error("`{text}` is not a version")]
    Version {
        text: String,
        #[source]
        source: semver::Error,
    },
    #[error("the group starts on {}", names::FIRST_VERSION)]
    Same,
    #[error("could not read {}", .path.display())]
    File {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{} is not a file", .0.display())]
    NotAFile(PathBuf),
}

impl ReleaseError {
    fn hint(&self) -> &'static str {
        match self {
            ReleaseError::Version { .. } => "give --version three numbers, such as 1.2.0",
            ReleaseError::Same => "give --version another one, such as 1.1.0",
            ReleaseError::File { .. } | ReleaseError::NotAFile(_) => {
                "name the program that the version is made of, or leave it out for the example service's own"
            }
        }
    }
}

/// Refuses a version that cannot be published over the one that the group starts on.
pub(super) fn check_version(version: &str) -> Result<(), Failure> {
    is_another_version(version).map_err(refused)
}

/// Refuses a program that cannot be read.
pub(super) fn check_file(file: Option<&Path>) -> Result<(), Failure> {
    file.map_or(Ok(()), is_readable).map_err(refused)
}

fn refused(error: ReleaseError) -> Failure {
    Failure {
        exit: Exit::Usage,
        hint: Some(error.hint().to_owned()),
        error: error.into(),
    }
}

fn is_another_version(text: &str) -> Result<(), ReleaseError> {
    if text == names::FIRST_VERSION {
        return Err(ReleaseError::Same);
    }
    match Version::parse(text) {
        Ok(_) => Ok(()),
        Err(source) => Err(ReleaseError::Version {
            text: text.to_owned(),
            source,
        }),
    }
}

fn is_readable(path: &Path) -> Result<(), ReleaseError> {
    let unreadable = |source| ReleaseError::File {
        path: path.to_owned(),
        source,
    };
    // Asked before it is opened: opening a pipe would wait for its other end.
    if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(ReleaseError::NotAFile(path.to_owned()));
    }
    File::open(path).map_err(unreadable)?;
    Ok(())
}
