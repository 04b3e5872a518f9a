//! Where the programs are that a sandbox starts: beside its own executable, unless told otherwise.
//!
//! Under `cargo run` they are built first, with the very features that `cargo test --workspace` builds with, so that
//! `cargo rehearse` needs no step before it and rebuilds nothing after it.

use crate::cargo_build::cargo_build;
use std::io;
use std::path::{Path, PathBuf};

/// Why the programs are not there.
#[derive(Debug, thiserror::Error)]
pub enum BinariesError {
    /// One is missing.
    #[error("there is no program {name} in {}", .folder.display())]
    Missing {
        /// Its file name.
        name: &'static str,
        /// Where it was looked for.
        folder: PathBuf,
    },
    /// This executable has no path.
    #[error("could not find out where this program lies")]
    Nowhere(#[source] io::Error),
    /// `cargo build` did not start.
    #[error("could not run cargo build")]
    Cargo(#[source] io::Error),
    /// `cargo build` did not succeed.
    #[error("cargo build --workspace --bins failed")]
    Build,
}

impl BinariesError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            BinariesError::Missing { .. } => {
                "build everything with `cargo build --workspace --bins`, or name a folder with --bin-dir"
            }
            BinariesError::Nowhere(_) => "name the folder of the programs with --bin-dir",
            BinariesError::Cargo(_) | BinariesError::Build => "see what cargo says above",
        }
    }
}

/// The programs of a sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    folder: PathBuf,
    own: PathBuf,
}

/// The two variables by which cargo tells a program that it is run by cargo.
#[derive(Debug, Clone, Default)]
pub struct UnderCargo {
    /// `CARGO`: the cargo that runs.
    pub cargo: Option<PathBuf>,
    /// `CARGO_MANIFEST_DIR`: the folder of the crate.
    pub manifest_dir: Option<PathBuf>,
}

impl Binaries {
    const DEPLOY: &str = "deploy";
    const AGENT: &str = "baton-agent";
    const SERVER: &str = "baton-server";

    /// Finds the programs in `folder` or, without one, beside this executable, after building them if this is `cargo run`.
    /// Blocks for as long as cargo builds.
    pub fn find(folder: Option<&Path>, cargo: &UnderCargo) -> Result<Binaries, BinariesError> {
        let own = std::env::current_exe().map_err(BinariesError::Nowhere)?;
        let beside = own.parent().unwrap_or(Path::new("/"));
        if let (None, Some(program), Some(crate_folder)) =
            (folder, &cargo.cargo, &cargo.manifest_dir)
        {
            cargo_build(program, crate_folder, beside)?;
        }
        let folder =
            std::path::absolute(folder.unwrap_or(beside)).map_err(BinariesError::Nowhere)?;
        for name in [Self::DEPLOY, Self::AGENT, Self::SERVER] {
            if !folder.join(name).is_file() {
                return Err(BinariesError::Missing { name, folder });
            }
        }
        Ok(Binaries { folder, own })
    }

    /// The folder that stands for an image's `/usr/local/bin`.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The deployer.
    pub fn deploy(&self) -> PathBuf {
        self.folder.join(Self::DEPLOY)
    }

    /// The example service's server.
    pub fn server(&self) -> PathBuf {
        self.folder.join(Self::SERVER)
    }

    /// This very program, for the leash.
    pub fn sandbox(&self) -> &Path {
        &self.own
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_is_named_with_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("deploy"), "").unwrap();
        let error = Binaries::find(Some(folder.path()), &UnderCargo::default()).unwrap_err();
        let message = error.to_string();
        assert!(message.contains("baton-agent"), "{message}");
        assert!(
            message.contains(&folder.path().display().to_string()),
            "{message}"
        );
    }
}
