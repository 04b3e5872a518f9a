//! Builds the programs of the workspace when cargo runs the sandbox, and says nothing if there is nothing to build.

use crate::binaries::BinariesError;
use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

/// A line this long without an end is a progress bar, and so worth showing.
const LONGEST_LINE: usize = 200;

/// Builds every program into the folder that `built` is: the folder's name is the profile's.
pub(crate) fn cargo_build(
    cargo: &Path,
    crate_folder: &Path,
    built: &Path,
) -> Result<(), BinariesError> {
    let mut command = Command::new(cargo);
    command
        .args(["build", "--workspace", "--bins"])
        .current_dir(crate_folder);
    for name in own_variables() {
        command.env_remove(name);
    }
    if let Some(profile) = built.file_name().filter(|name| *name != "debug") {
        command.arg("--profile").arg(profile);
    }
    if io::stderr().is_terminal() && !is_dumb() {
        // Cargo itself sees a pipe.
        command.env("CARGO_TERM_COLOR", "always");
        command
            .env("CARGO_TERM_PROGRESS_WHEN", "always")
            .env("CARGO_TERM_PROGRESS_WIDTH", "80");
    }
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut cargo = command.spawn().map_err(BinariesError::Cargo)?;
    if let Some(talk) = cargo.stderr.take() {
        pass_on(talk, io::stderr()).map_err(BinariesError::Cargo)?;
    }
    let built = cargo.wait().map_err(BinariesError::Cargo)?;
    if built.success() {
        Ok(())
    } else {
        Err(BinariesError::Build)
    }
}

/// Whether the terminal cannot move its cursor, as in many editors: a bar would be a line each time.
#[expect(
    clippy::disallowed_methods,
    reason = "what the terminal can do is in the environment"
)]
fn is_dumb() -> bool {
    std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb")
}

/// What the cargo that runs this program has told it of its own package. Build scripts that look at
/// these variables would take them for a change, and be run again with all that depends on them.
fn own_variables() -> impl Iterator<Item = OsString> {
    const OWN: [&str; 4] = [
        "CARGO_PKG_",
        "CARGO_MANIFEST_",
        "CARGO_BIN_",
        "CARGO_CRATE_",
    ];
    std::env::vars_os().map(|(name, _)| name).filter(|name| {
        let name = name.to_string_lossy();
        OWN.iter().any(|own| name.starts_with(own))
    })
}

/// Copies cargo's talk unless all of it is that it has finished.
fn pass_on(mut talk: impl Read, mut to: impl Write) -> io::Result<()> {
    let mut held = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let count = talk.read(&mut chunk)?;
        held.extend_from_slice(&chunk[..count]);
        let decided = held.contains(&b'\n') || held.len() > LONGEST_LINE;
        if count > 0 && !decided {
            continue;
        }
        if !only_finished(&held) {
            to.write_all(&held)?;
            to.flush()?;
            io::copy(&mut talk, &mut to)?;
        }
        if count == 0 || !only_finished(&held) {
            return Ok(());
        }
    }
}

fn only_finished(talk: &[u8]) -> bool {
    let talk = String::from_utf8_lossy(talk);
    talk.lines()
        .all(|line| line.is_empty() || line.contains("Finished"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed(talk: &str) -> String {
        let mut to = Vec::new();
        pass_on(talk.as_bytes(), &mut to).unwrap();
        String::from_utf8(to).unwrap()
    }

    #[test]
    fn a_build_with_nothing_to_do_is_silent() {
        assert_eq!(passed("    Finished `dev` profile in 0.1s\n"), "");
        assert_eq!(passed(""), "");
    }

    #[test]
    fn a_build_with_something_to_do_or_to_say_is_not() {
        for talk in [
            "   Compiling a v0.1.0\n    Finished `dev` profile in 2.0s\n",
            "error: could not compile `a`",
            "    Finished `dev` profile in 0.1s\nwarning: something\n",
        ] {
            assert_eq!(passed(talk), talk);
        }
    }
}
