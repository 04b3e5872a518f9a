//! The command line: what can be typed, and nothing of what it does.

mod value;

use crate::environ;
use crate::exit::Exit;
use crate::failure::Explain;
use clap::builder::Resettable;
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use contract::names::Name;
use semver::Version;
use std::ffi::OsString;
use std::path::PathBuf;

/// Releases a version of a service to an EC2 Auto Scaling group without losing a request.
///
/// It starts an instance refresh, watches every new instance, and rolls back by itself when one fails. When it is
/// interrupted, run the same command again: it resumes the same deployment.
#[derive(Debug, Parser)]
#[command(
    name = "deploy",
    disable_version_flag = true,
    subcommand_negates_reqs = true,
    arg_required_else_help = true,
    version,
    override_usage = "deploy --version VERSION --env ENVIRONMENT [OPTIONS]\n       deploy COMMAND [OPTIONS]",
    after_long_help = after_help(),
    after_help = "Use --help for examples and exit codes."
)]
pub struct Cli {
    #[command(flatten)]
    rollout: RolloutArgs,

    #[command(flatten)]
    common: Common,

    #[command(subcommand)]
    command: Option<Command>,

    /// Print the version of this tool
    #[arg(short = 'V', action = ArgAction::Version)]
    tool_version: Option<bool>,
}

/// Options of every command.
#[derive(Clone, Debug, Args)]
pub struct Common {
    /// The configuration: service, store, public key and environments
    #[arg(
        long,
        global = true,
        value_name = "PATH",
        default_value = "deploy.toml",
        env = "DEPLOY_CONFIG"
    )]
    pub config: PathBuf,

    /// What to print: `auto` draws a progress bar on a terminal, `json` writes one object per line
    #[arg(long, global = true, value_name = "FORM", default_value = "auto")]
    pub output: Output,
}

/// What a command prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// A progress bar on a terminal, plain lines elsewhere.
    Auto,
    /// Plain lines.
    Plain,
    /// One JSON object per line on stdout.
    Json,
}

#[derive(Debug, Args)]
struct RolloutArgs {
    /// The published version to release
    #[arg(
        long = "version",
        id = "release",
        value_name = "VERSION",
        value_parser = value::VERSION,
        required = true
    )]
    version: Option<Version>,

    /// The environment of deploy.toml to release it to
    #[arg(
        long = "env",
        id = "environment",
        value_name = "ENVIRONMENT",
        value_parser = value::ENVIRONMENT,
        required = true
    )]
    environment: Option<Name>,

    /// Check everything, change nothing, and say what would be done
    #[arg(long)]
    dry_run: bool,
}

/// The commands beside the main one.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Sign a version and put it into the store; a published version never changes
    Publish(PublishArgs),
    /// Show what an environment runs, and any deployment that is open
    Status(StatusArgs),
    /// List the deployments of an environment, newest first
    History(HistoryArgs),
    /// Go back: undo the open deployment, or release the version before the last one
    Rollback(RollbackArgs),
    /// Make the key pair that signs releases
    Keygen(KeygenArgs),
}

/// `deploy --version V --env E`.
#[derive(Debug)]
pub struct DeployArgs {
    /// The published version to release.
    pub version: Version,
    /// Where to.
    pub environment: Name,
    /// Change nothing.
    pub dry_run: bool,
}

/// `deploy publish`.
#[derive(Debug, Args)]
pub struct PublishArgs {
    /// The version to publish, for example 1.4.2
    #[arg(long, value_name = "VERSION", value_parser = value::VERSION)]
    pub version: Version,

    /// A file of the release: PATH, or NAME=PATH to give it another name; repeat for more files
    #[arg(long = "file", value_name = "[NAME=]PATH", required = true)]
    pub files: Vec<String>,

    /// The file that is started [default: the first one]
    #[arg(long, value_name = "NAME")]
    pub entrypoint: Option<String>,

    /// The Rust target triple of the files [default: that of the entrypoint's ELF header, or this
    /// machine's for a script that begins with `#!`]
    #[arg(long, value_name = "TRIPLE")]
    pub target: Option<String>,

    /// The minisign secret key; its password, if it has one, is read from
    /// `DEPLOY_SIGNING_KEY_PASSWORD`
    #[arg(long, value_name = "PATH", env = "DEPLOY_SIGNING_KEY")]
    pub key: Option<PathBuf>,
}

/// `deploy status`.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// The environment of deploy.toml
    #[arg(long = "env", value_name = "ENVIRONMENT", value_parser = value::ENVIRONMENT)]
    pub environment: Name,
}

/// `deploy history`.
#[derive(Debug, Args)]
pub struct HistoryArgs {
    /// The environment of deploy.toml
    #[arg(long = "env", value_name = "ENVIRONMENT", value_parser = value::ENVIRONMENT)]
    pub environment: Name,

    /// How many deployments to list, at least 1
    #[arg(
        long,
        value_name = "N",
        default_value_t = 20,
        value_parser = value::COUNT,
        allow_negative_numbers = true
    )]
    pub limit: usize,
}

/// `deploy rollback`.
#[derive(Debug, Args)]
pub struct RollbackArgs {
    /// The environment of deploy.toml
    #[arg(long = "env", value_name = "ENVIRONMENT", value_parser = value::ENVIRONMENT)]
    pub environment: Name,
}

/// `deploy keygen`.
#[derive(Debug, Args)]
pub struct KeygenArgs {
    /// The folder to write `deploy.key` and `deploy.pub` to
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub out: PathBuf,

    /// Where to write the secret key [default: DIR/deploy.key]
    #[arg(long, value_name = "PATH", requires = "public", conflicts_with = "out")]
    pub secret: Option<PathBuf>,

    /// Where to write the public key [default: DIR/deploy.pub]
    #[arg(long, value_name = "PATH", requires = "secret", conflicts_with = "out")]
    pub public: Option<PathBuf>,

    /// Encrypt the secret key with the password in this environment variable
    #[arg(long, value_name = "NAME")]
    pub password_env: Option<String>,
}

/// What was asked for.
#[derive(Debug)]
pub enum Request {
    /// The main form.
    Deploy(DeployArgs),
    /// A command beside it.
    Command(Command),
}

impl Cli {
    /// Reads a command line, whose first word is the program's name.
    pub fn read(
        arguments: impl IntoIterator<Item = OsString>,
    ) -> Result<(Common, Request), clap::Error> {
        let mut command = Self::command()
            .mut_args(without_empty_variable)
            .mut_subcommands(|command| command.mut_args(without_empty_variable));
        command
            .try_get_matches_from_mut(arguments)
            .and_then(|matches| Self::from_arg_matches(&matches))
            .and_then(Self::into_request)
            .map_err(value::shortened)
    }

    /// Splits what was typed into the options of every command and the request, or says what does not go together.
    fn into_request(self) -> Result<(Common, Request), clap::Error> {
        let RolloutArgs {
            version,
            environment,
            dry_run,
        } = self.rollout;
        let request = match (self.command, version, environment) {
            (None, Some(version), Some(environment)) => Request::Deploy(DeployArgs {
                version,
                environment,
                dry_run,
            }),
            (Some(command), None, None) if !dry_run => Request::Command(command),
            _ => return Err(misplaced_option()),
        };
        Ok((self.common, request))
    }
}

/// The option, deaf to its variable if that is empty: a script that clears a variable means that there is none.
fn without_empty_variable(option: Arg) -> Arg {
    let empty = option.get_env().is_some_and(environ::is_empty);
    if empty {
        option.env(Resettable::Reset)
    } else {
        option
    }
}

/// A command line that cannot be understood, for those who read JSON; people get clap's own words.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct WrongUsage {
    message: String,
    hint: String,
}

impl WrongUsage {
    /// `error` as a failure, if `arguments` ask for JSON. They could not be parsed, so they are searched.
    pub fn asked_for_json(
        arguments: impl Iterator<Item = String>,
        error: &clap::Error,
    ) -> Option<Self> {
        let arguments: Vec<String> = arguments.collect();
        let json = arguments.iter().any(|it| it == "--output=json")
            || arguments.windows(2).any(|two| two == ["--output", "json"]);
        let text = error.render().to_string();
        let words = text.split("\n\n").next().unwrap_or_default();
        let words = words.trim_start_matches("error: ").trim();
        let (message, hint) = words
            .split_once("\nhint: ")
            .unwrap_or((words, "see deploy --help"));
        json.then(|| Self {
            message: message.to_owned(),
            hint: hint.to_owned(),
        })
    }
}

impl Explain for WrongUsage {
    fn exit(&self) -> Exit {
        Exit::Usage
    }

    fn hint(&self) -> Option<String> {
        Some(self.hint.clone())
    }
}

fn misplaced_option() -> clap::Error {
    let message =
        "--version, --env and --dry-run before a command belong to no command: write them after it";
    Cli::command().error(ErrorKind::ArgumentConflict, message)
}

fn after_help() -> String {
    format!("{EXAMPLES}\nExit codes:\n{}", Exit::table())
}

const EXAMPLES: &str = "\
Examples:
  Make the key pair that signs releases, once:
    deploy keygen --out ~/.config/deploy
  Publish a version (nothing is released yet):
    deploy publish --version 1.4.2 --file target/release/app --key ~/.config/deploy/deploy.key
  Look at what would happen, then release it:
    deploy --version 1.4.2 --env prod --dry-run
    deploy --version 1.4.2 --env prod
  Go back to what was there before:
    deploy rollback --env prod
  One JSON object per line, for scripts:
    deploy status --env prod --output json
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
