//! The programs and packages that play the clients: whether this machine has them, and one run of
//! one of them.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use tokio::process::Command;
use tokio::sync::OnceCell;

use crate::server::soon;

/// The packages from `PyPI`, with the versions that the scripts were written against.
const PACKAGES: [&str; 2] = ["httpx[http2]==0.28.1", "websockets==15.0.1"];

/// The program, or `None` and a line that says so.
pub(crate) async fn program(name: &str) -> Option<Command> {
    let mut ask = Command::new("sh");
    ask.args(["-c", "command -v \"$0\"", name]);
    let known = succeeds(&mut ask).await;
    if !known {
        eprintln!("SKIPPED: {name} is not installed");
    }
    known.then(|| Command::new(name))
}

/// A Python that has [`PACKAGES`], or `None` and a line that says so.
pub(crate) async fn python() -> Option<Command> {
    static PYTHON: OnceCell<Option<PathBuf>> = OnceCell::const_new();
    let python = PYTHON.get_or_init(virtual_environment).await;
    if python.is_none() {
        eprintln!("SKIPPED: no Python with {PACKAGES:?} from PyPI on this machine");
    }
    python.as_ref().map(Command::new)
}

/// Kept in the target folder. What is installed is written down last: a folder without that was
/// left half made.
async fn virtual_environment() -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let folder = target.join("server-clients");
    let python = folder.join("bin").join("python");
    let (packages, done) = (PACKAGES.join("\n"), folder.join("packages"));
    if std::fs::read_to_string(&done).is_ok_and(|held| held == packages) && python.exists() {
        return Some(python);
    }
    let mut make = Command::new("python3");
    make.args(["-m", "venv", "--clear"]).arg(&folder);
    let mut install = Command::new(&python);
    install
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ])
        .args(PACKAGES);
    if !(succeeds(&mut make).await && succeeds(&mut install).await) {
        return None;
    }
    std::fs::write(done, packages).unwrap();
    Some(python)
}

async fn succeeds(command: &mut Command) -> bool {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status();
    status.await.is_ok_and(|status| status.success())
}

/// What a client printed on stdout. It must have succeeded.
pub(crate) async fn printed(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).kill_on_drop(true).output();
    checked(command, &soon("a client", output).await.unwrap())
}

/// The stdout of a client that has run.
pub(crate) fn checked(command: &Command, output: &Output) -> String {
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    let status = output.status;
    assert!(status.success(), "{command:?}: {status}\n{out}\n{err}");
    out.into_owned()
}
