//! The release that a rehearsal deploys, checked before anything is started for it: a whole group comes up first, and what
//! `deploy publish` would refuse after that can be refused at once.

use super::failure::{Exit, Failure};
use sandbox::names;
use semver::Version;
use std::fs::File;
use std::io::{self, Read as _};
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
    #[error("{} is no program: neither an executable for this machine ({}) nor a script that begins with `#!`", .0.display(), std::env::consts::ARCH)]
    NotAProgram(PathBuf),
}

impl ReleaseError {
    fn hint(&self) -> &'static str {
        match self {
            ReleaseError::Version { .. } => "give --version three numbers, such as 1.2.0",
            ReleaseError::Same => "give --version another one, such as 1.1.0",
            ReleaseError::NotAProgram(_) => {
                "give a script a first line such as `#!/usr/bin/env python3`, or build the program for this machine"
            }
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

/// Refuses a program that cannot be read, or that this machine cannot start.
pub(super) fn check_file(file: Option<&Path>) -> Result<(), Failure> {
    file.map_or(Ok(()), is_program).map_err(refused)
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

fn is_program(path: &Path) -> Result<(), ReleaseError> {
    let unreadable = |source| ReleaseError::File {
        path: path.to_owned(),
        source,
    };
    // Asked before it is opened: opening a pipe would wait for its other end.
    if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(ReleaseError::NotAFile(path.to_owned()));
    }
    let mut head = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    let read = file.take(HEAD).read_to_end(&mut head);
    read.map_err(unreadable)?;
    if starts_here(&head) {
        Ok(())
    } else {
        Err(ReleaseError::NotAProgram(path.to_owned()))
    }
}

/// As much of a file as tells what machine it is for.
const HEAD: u64 = 20;

/// Whether a file with this head is a program of this machine: a script, or an ELF executable for its processor.
/// <https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html>
fn starts_here(head: &[u8]) -> bool {
    if head.starts_with(b"#!") {
        return true;
    }
    let little_endian = head.get(5) == Some(&1);
    let machine = match (head.get(18..20), little_endian) {
        (Some(&[low, high]), true) => u16::from_le_bytes([low, high]),
        (Some(&[high, low]), false) => u16::from_be_bytes([high, low]),
        _ => return false,
    };
    let own = match std::env::consts::ARCH {
        "x86_64" => Some(62),
        "aarch64" => Some(183),
        // What other processors are called there need not be known to let the kernel decide.
        _ => None,
    };
    head.starts_with(b"\x7fELF") && own.is_none_or(|own| own == machine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_a_script_or_an_executable_for_this_machine() {
        let own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        assert!(starts_here(&own[..20]));
        assert!(starts_here(b"#!/bin/sh"));
        let mut foreign = own[..20].to_vec();
        foreign[18] = 2;
        for head in [b"".as_slice(), b"import os", b"\x7fELF", &foreign] {
            assert!(!starts_here(head), "{head:?}");
        }
    }
}
