//! `sandbox env`: what a shell needs to talk to a running sandbox.

use super::common::StateArgs;
use super::failure::{Exit, Failure, Outcome};
use super::quoted::quoted;
use sandbox::start::{FOREIGN, client_environment};
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;

/// Print the variables that make deploy and the AWS CLI talk to a running sandbox
///
/// Use it as `eval "$(sandbox env)"`. It sets the endpoint, the region, credentials that the sandbox accepts, and where
/// `deploy` finds its configuration and its signing key, lets loopback go past a proxy, and unsets what would lead elsewhere,
/// such as `AWS_PROFILE`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    state: StateArgs,

    /// Hosts that are reached without a proxy already, as curl and most others spell the variable.
    #[arg(hide = true, long, env = "no_proxy", hide_env = true)]
    no_proxy: Option<String>,

    /// The same, as the rest spells it.
    #[arg(hide = true, long, env = "NO_PROXY", hide_env = true)]
    no_proxy_upper_case: Option<String>,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let folder = args.state.folder()?;
    let description = folder.description()?;
    let set = [&args.no_proxy, &args.no_proxy_upper_case];
    let no_proxy = set.into_iter().flatten().find(|hosts| !hosts.is_empty());
    let no_proxy = no_proxy.map_or("", String::as_str);
    let mut lines = String::new();
    for (name, value) in client_environment(&folder, &description.endpoint, no_proxy) {
        // Writing to a String cannot fail.
        let _ = writeln!(lines, "export {name}={}", quoted(&value));
    }
    for name in FOREIGN {
        let _ = writeln!(lines, "unset {name}");
    }
    let written = std::io::stdout().write_all(lines.as_bytes());
    written.map_err(|error| Failure::plain(Exit::Usage, error))?;
    Ok(ExitCode::SUCCESS)
}
