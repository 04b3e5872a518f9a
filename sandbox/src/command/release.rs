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
                "give --file the program that the version is made of, or leave it out for the example service's own"
            }
        }
    }
}

/// Refuses what cannot be published over the version that the group starts on.
pub(super) fn check(version: &str, file: Option<&Path>) -> Result<(), Failure> {
    check_version(version)
        .and_then(|()| file.map_or(Ok(()), check_file))
        .map_err(|error| Failure {
            exit: Exit::Usage,
            hint: Some(error.hint().to_owned()),
            error: error.into(),
        })
}

fn check_version(text: &str) -> Result<(), ReleaseError> {
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

fn check_file(path: &Path) -> Result<(), ReleaseError> {
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
