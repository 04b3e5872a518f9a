//! Deploys that are asked for while a sandbox is up: the real `deploy`, as a person would run it in another terminal.

use super::Talk;
use super::account::Deployer;
use crate::control::{Released, Releaser, Say};
use crate::names;
use crate::process::{Ended, SpawnError};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use semver::Version;
use std::io::{self, BufRead as _, BufReader, PipeReader};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

/// Publishes and deploys versions of one program.
#[derive(Debug, Clone)]
pub(super) struct Releases {
    pub(super) deployer: Deployer,
    /// What every version is made of.
    pub(super) program: PathBuf,
    /// When a deploy counts as hung.
    pub(super) limit: Duration,
    /// Where its lines are said, too.
    pub(super) talk: Talk,
}

impl Releaser for Releases {
    fn release(&self, version: Version, say: Say) -> BoxFuture<'static, Released> {
        let releases = self.clone();
        let talk = self.talk;
        let say: Say = Arc::new(move |line: &str| {
            talk.say(line);
            say(line);
        });
        async move { releases.run(&version.to_string(), say).await }.boxed()
    }
}

impl Releases {
    async fn run(&self, version: &str, say: Say) -> Released {
        if !self.is_published(version) {
            say(&format!("publishing {version}"));
            let published = self.deployer.publish(version, &self.program, Talk::Silent);
            if let Err(error) = published.await {
                say(&format!("error: {error}"));
                return not_run("not published");
            }
        }
        say(&format!(
            "deploy --version {version} --env {}",
            names::ENVIRONMENT
        ));
        match self.deploy(version, &say).await {
            Ok(ended) => Released {
                exit_code: ended.and_then(Ended::code),
                outcome: outcome(ended).to_owned(),
            },
            Err(error) => {
                say(&format!("error: {error}"));
                not_run("not started")
            }
        }
    }

    /// Whoever published it, and of whatever it is made: a version is published once.
    fn is_published(&self, version: &str) -> bool {
        let releases = self
            .deployer
            .folder
            .store()
            .join(names::BUCKET)
            .join("releases");
        let release = releases.join(names::SERVICE).join(version);
        release.join("manifest.json").exists()
    }

    /// Runs it to its end, or kills it when it hangs.
    async fn deploy(&self, version: &str, say: &Say) -> Result<Option<Ended>, DeployError> {
        let mut command = self.deployer.command();
        command.args(["--version", version, "--env", names::ENVIRONMENT]);
        let lines = joined(&mut command)?;
        let mut child = self.deployer.spawner.spawn(command).await?;
        let listening = Arc::clone(say);
        let said = tokio::task::spawn_blocking(move || {
            let lines = BufReader::new(lines).lines();
            lines
                .map_while(Result::ok)
                .for_each(|line| listening(&line));
        });
        let ended = tokio::time::timeout(self.limit, child.ended()).await.ok();
        if ended.is_none() {
            child.kill();
        }
        // What it said last is to be seen before it is said to have ended.
        let _ = said.await;
        Ok(ended)
    }
}

/// Why `deploy` could not be run.
#[derive(Debug, thiserror::Error)]
enum DeployError {
    #[error("could not make a pipe: {0}")]
    Pipe(#[from] io::Error),
    #[error(transparent)]
    Spawn(#[from] SpawnError),
}

/// Both outputs of a program in the order in which it writes them.
fn joined(command: &mut Command) -> io::Result<PipeReader> {
    let (reader, writer) = io::pipe()?;
    command.stdout(writer.try_clone()?).stderr(writer);
    Ok(reader)
}

fn not_run(outcome: &str) -> Released {
    Released {
        exit_code: None,
        outcome: outcome.to_owned(),
    }
}

/// The meaning of `deploy`'s exit status, as its own help has it; `None` is one that had to be killed.
pub fn outcome(ended: Option<Ended>) -> &'static str {
    match ended {
        Some(Ended::Code(0)) => "done",
        Some(Ended::Code(3)) => "rolled back",
        Some(Ended::Code(4)) => "failed",
        Some(Ended::Code(5)) => "in doubt",
        Some(Ended::Code(6)) => "lease held by another",
        Some(Ended::Code(10..=24)) => "refused",
        Some(Ended::Code(130)) => "interrupted",
        Some(Ended::Code(_)) => "see deploy --help",
        Some(Ended::Signal(_)) => "killed",
        None => "hung, and was killed",
    }
}
