//! The account's side of a sandbox that people bring along: a signing key, `deploy.toml`, releases in the store. All of it is
//! made with the real `deploy`, as a newcomer would.

use super::client::{FOREIGN, client_environment};
use super::{StartError, Talk, deploy_toml, nearby};
use crate::binaries::Binaries;
use crate::process::{Ended, Spawner, leash};
use crate::profile::Deploy;
use crate::state::{DISK_HINT, StateFolder};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::ffi::OsStr;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// A release that is in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Its version.
    pub version: String,
    /// The digest of its manifest, `sha256:<64 hex>`.
    pub manifest: String,
}

/// Runs the real `deploy` against a sandbox.
#[derive(Debug, Clone)]
pub(crate) struct Deployer {
    pub(crate) binaries: Binaries,
    pub(crate) spawner: Spawner,
    pub(crate) folder: StateFolder,
    pub(crate) endpoint: String,
}

impl Deployer {
    /// `deploy` with nothing said yet, on a leash and in the sandbox's environment. Its stderr is ours.
    pub(crate) fn command(&self) -> Command {
        let mut command = leash::leashed(self.binaries.sandbox(), &self.binaries.deploy());
        for name in FOREIGN {
            command.env_remove(name);
        }
        // It talks to the sandbox alone, so what else goes past a proxy is none of its business.
        command.envs(client_environment(&self.folder, &self.endpoint, ""));
        command.stdin(Stdio::null());
        command
    }

    /// Makes the signing key and writes `deploy.toml`; answers the key's public half.
    pub(super) async fn open_account(&self, deploy: &Deploy) -> Result<String, StartError> {
        let public_key = self.keygen().await?;
        let document =
            deploy_toml::document(&public_key, deploy).map_err(StartError::DeployToml)?;
        let path = self.folder.deploy_config();
        std::fs::write(&path, document).map_err(|source| StartError::File { path, source })?;
        Ok(public_key)
    }

    async fn keygen(&self) -> Result<String, StartError> {
        let keys = self.folder.keys();
        let made: Generated = self
            .run("keygen", &[OsStr::new("--out"), keys.as_os_str()])
            .await?;
        Ok(made.public_key)
    }

    /// Signs `file` as `version` and puts it into the store.
    pub(crate) async fn publish(
        &self,
        version: &str,
        file: &Path,
        talk: Talk,
    ) -> Result<Published, StartError> {
        talk.say(&format!(
            "publishing {version} ({})",
            nearby(file).display()
        ));
        let words = ["--version", version, "--file"].map(OsStr::new);
        let args = [&words[..], &[file.as_os_str()]].concat();
        let published = self.run("publish", &args).await;
        let made: Released = published.map_err(|error| self.or_full(error, file))?;
        Ok(Published {
            version: version.to_owned(),
            manifest: made.manifest,
        })
    }

    /// Runs one command of `deploy` to its end; answers what it says that it made.
    async fn run<T: DeserializeOwned>(&self, name: &str, args: &[&OsStr]) -> Result<T, StartError> {
        let mut command = self.command();
        command.arg(name).args(args).args(["--output", "json"]);
        command.stdout(Stdio::piped()).stderr(self.log()?);
        let mut child = self.spawner.spawn(command).await?;
        let stdout = child.stdout.take();
        let reading = tokio::task::spawn_blocking(move || {
            let mut said = String::new();
            // What cannot be read counts as not said.
            let _ = stdout.map(|mut stdout| stdout.read_to_string(&mut said));
            said
        });
        let ended = child.ended().await;
        let said = reading.await.unwrap_or_default();
        let last = said.lines().last().unwrap_or_default();
        match (ended, serde_json::from_str(last)) {
            (Ended::Code(0), Ok(made)) => Ok(made),
            (ended, _) => {
                let command = name.to_owned();
                let trouble = serde_json::from_str(last).unwrap_or_default();
                Err(StartError::Deploy {
                    command,
                    ended,
                    trouble,
                })
            }
        }
    }

    /// A store that has no room looks to `deploy` like one that is out of order, as S3 would be if it ran full; here the disk is
    /// what a person can do something about.
    fn or_full(&self, error: StartError, file: &Path) -> StartError {
        let wanted = file.metadata().map_or(0, |file| file.len());
        let free = rustix::fs::statvfs(self.folder.root())
            .map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize));
        match error {
            StartError::Deploy {
                command,
                ended,
                mut trouble,
            } if free.is_ok_and(|free| free < wanted) => {
                trouble.hint = Some(DISK_HINT.to_owned());
                StartError::Deploy {
                    command,
                    ended,
                    trouble,
                }
            }
            error => error,
        }
    }

    /// Where `deploy` talks while nobody needs to hear it.
    fn log(&self) -> Result<File, StartError> {
        let path = self.folder.deploy_log();
        let log = OpenOptions::new().create(true).append(true).open(&path);
        log.map_err(|source| StartError::File { path, source })
    }
}

/// What matters here of what `deploy publish --output json` prints.
#[derive(Deserialize)]
struct Released {
    manifest: String,
}

/// What matters here of what `deploy keygen --output json` prints.
#[derive(Deserialize)]
struct Generated {
    public_key: String,
}

/// What `deploy --output json` prints when it fails.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Trouble {
    /// One sentence.
    pub message: Option<String>,
    /// What to do.
    pub hint: Option<String>,
    /// What is wrong with a file, place by place.
    #[serde(default)]
    pub problems: Vec<Problem>,
}

/// One thing that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Problem {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(message) = &self.message {
            write!(f, ": {message}")?;
        }
        for Problem { line, message } in &self.problems {
            write!(f, "; line {line}: {message}")?;
        }
        Ok(())
    }
}
