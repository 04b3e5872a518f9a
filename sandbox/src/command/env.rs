//! `sandbox env`: what a shell needs to talk to a running sandbox.

use super::common::StateArgs;
use super::failure::{Exit, Failure, Outcome};
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;

/// Print the variables that make deploy and the AWS CLI talk to a running sandbox
///
/// Use it as `eval "$(sandbox env)"`. It sets the endpoint, the region, credentials that the sandbox accepts, and where
/// `deploy` finds its configuration and its signing key.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    state: StateArgs,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let folder = args.state.folder()?;
    let description = folder.description()?;
    let mut lines = String::new();
    for (name, value) in sandbox::start::client_environment(&folder, &description.endpoint) {
        // Writing to a String cannot fail.
        let _ = writeln!(lines, "export {name}={}", quoted(&value));
    }
    let written = std::io::stdout().write_all(lines.as_bytes());
    written.map_err(|error| Failure::plain(Exit::Usage, error))?;
    Ok(ExitCode::SUCCESS)
}

/// A value that every POSIX shell reads as it stands.
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_in_a_path_stays_a_quote() {
        assert_eq!(quoted("/tmp/it's $HOME"), r"'/tmp/it'\''s $HOME'");
    }
}
