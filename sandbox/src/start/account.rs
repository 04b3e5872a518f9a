//! The account's side of a sandbox that people bring along: a signing key, `deploy.toml`, releases in the store. All of it is
//! made with the real `deploy`, as a newcomer would.

use super::{StartError, Talk, deploy_toml};
use crate::binaries::Binaries;
use crate::names;
use crate::process::{Ended, Spawner, leash};
use crate::profile::Deploy;
use crate::state::StateFolder;
use serde::Deserialize;
use std::ffi::OsStr;
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// What of a developer's environment would lead a client of the sandbox astray.
const FOREIGN: [&str; 14] = [
    "AWS_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_ENDPOINT_URL_AUTO_SCALING",
    "AWS_ENDPOINT_URL_EC2",
    "AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2",
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL_SSM",
    "AWS_ENDPOINT_URL_STS",
    "HTTP_PROXY",
    "http_proxy",
    "ALL_PROXY",
    "all_proxy",
];

/// A release that is in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Its version.
    pub version: String,
    /// The digest of its manifest, `sha256:<64 hex>`.
    pub manifest: String,
}

/// The variables that make `deploy`, the AWS CLI and the SDKs talk to the sandbox in `folder`.
pub fn client_environment(folder: &StateFolder, endpoint: &str) -> Vec<(&'static str, String)> {
    vec![
        ("AWS_ENDPOINT_URL", endpoint.to_owned()),
        ("AWS_REGION", names::REGION.to_owned()),
        ("AWS_DEFAULT_REGION", names::REGION.to_owned()),
        ("AWS_ACCESS_KEY_ID", names::ACCESS_KEY_ID.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", names::SECRET_ACCESS_KEY.to_owned()),
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ("DEPLOY_CONFIG", folder.deploy_config().display().to_string()),
        ("DEPLOY_SIGNING_KEY", folder.signing_key().display().to_string()),
    ]
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
        command.envs(client_environment(&self.folder, &self.endpoint));
        command.stdin(Stdio::null());
        command
    }

    /// Makes the signing key; answers its public half.
    pub(super) async fn keygen(&self) -> Result<String, StartError> {
        let keys = self.folder.keys();
        self.run("keygen", &[OsStr::new("--out"), keys.as_os_str()]).await?;
        let path = keys.join("deploy.pub");
        let text = std::fs::read_to_string(&path)
            .map_err(|source| StartError::File { path: path.clone(), source })?;
        // minisign's form: a comment line, then the key.
        let key = text.lines().find(|line| line.starts_with("RW"));
        key.map(str::to_owned).ok_or_else(|| {
            let source = std::io::Error::other("there is no line that starts with RW");
            StartError::File { path, source }
        })
    }

    /// Writes `deploy.toml`.
    pub(super) fn configure(&self, public_key: &str, deploy: &Deploy) -> Result<(), StartError> {
        let document =
            deploy_toml::document(public_key, deploy).map_err(StartError::DeployToml)?;
        let path = self.folder.deploy_config();
        std::fs::write(&path, document).map_err(|source| StartError::File { path, source })
    }

    /// Signs `file` as `version` and puts it into the store.
    pub(crate) async fn publish(
        &self,
        version: &str,
        file: &Path,
        talk: Talk,
    ) -> Result<Published, StartError> {
        talk.say(&format!("publishing {version} ({})", file.display()));
        let words = ["--version", version, "--output", "json", "--file"];
        let mut args: Vec<&OsStr> = words.iter().map(OsStr::new).collect();
        args.push(file.as_os_str());
        let said = self.run("publish", &args).await?;
        let manifest = said.lines().rev().find_map(|line| {
            let event: PublishedEvent = serde_json::from_str(line).ok()?;
            Some(event.manifest)
        });
        let manifest = manifest.ok_or(StartError::NoManifest)?;
        Ok(Published { version: version.to_owned(), manifest })
    }

    /// Runs one command of `deploy` to its end; answers what it printed.
    async fn run(&self, name: &str, args: &[&OsStr]) -> Result<String, StartError> {
        let mut command = self.command();
        command.arg(name).args(args).stdout(Stdio::piped());
        let mut child = self.spawner.spawn(command).await?;
        let stdout = child.stdout.take();
        let said = tokio::task::spawn_blocking(move || {
            let mut said = String::new();
            stdout.map_or(Ok(0), |mut stdout| stdout.read_to_string(&mut said)).map(|_| said)
        });
        let ended = child.ended().await;
        if ended != Ended::Code(0) {
            return Err(StartError::Deploy { command: name.to_owned(), ended });
        }
        // Output that cannot be read is as good as none: whoever needs something in it will say what is missing.
        Ok(said.await.ok().and_then(Result::ok).unwrap_or_default())
    }
}

/// The one member that matters here of what `deploy publish --output json` prints.
#[derive(Deserialize)]
struct PublishedEvent {
    manifest: String,
}
