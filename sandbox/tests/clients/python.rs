//! The virtual environment, and one run of one script in it.

use sandbox::names;
use sandbox::start::FOREIGN;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::process::Command;
use tokio::sync::OnceCell;

/// Any later boto3 and CLI must do as well. moto's answers are compared one by one, so its version is fixed.
const PACKAGES: [&str; 3] = [
    "boto3>=1.43",
    "awscli>=1.45",
    "moto[ec2,elbv2,s3,ssm,sts]==5.2.1",
];

/// The folder with `python` and `aws`, or `None` and a line that says so.
pub(crate) async fn programs() -> Option<PathBuf> {
    static BIN: OnceCell<Option<PathBuf>> = OnceCell::const_new();
    let bin = BIN.get_or_init(virtual_environment).await.clone();
    if bin.is_none() {
        eprintln!("SKIPPED: no Python with {PACKAGES:?} from PyPI on this machine");
    }
    bin
}

/// Kept in the target folder. What is installed is written down last: a folder without that was left half made.
async fn virtual_environment() -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let folder = target.join("sandbox-clients");
    let (bin, done) = (folder.join("bin"), folder.join("packages"));
    let packages = PACKAGES.join("\n");
    if std::fs::read_to_string(&done).is_ok_and(|held| held == packages) {
        return Some(bin);
    }
    let mut make = Command::new("python3");
    make.args(["-m", "venv", "--clear"]).arg(&folder);
    let mut install = Command::new(bin.join("pip"));
    install
        .args(["install", "--quiet", "--disable-pip-version-check"])
        .args(PACKAGES);
    if !(succeeds(&mut make).await && succeeds(&mut install).await) {
        return None;
    }
    std::fs::write(done, packages).unwrap();
    Some(bin)
}

async fn succeeds(command: &mut Command) -> bool {
    let status = command.stdin(Stdio::null()).status().await;
    status.is_ok_and(|status| status.success())
}

/// A program of the environment that talks to the sandbox and to nobody else.
pub(crate) fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    for name in FOREIGN {
        command.env_remove(name);
    }
    command
        .env("AWS_REGION", names::REGION)
        .env("AWS_DEFAULT_REGION", names::REGION)
        .env("AWS_ACCESS_KEY_ID", names::ACCESS_KEY_ID)
        .env("AWS_SECRET_ACCESS_KEY", names::SECRET_ACCESS_KEY)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .env("NO_PROXY", "127.0.0.1")
        .env("no_proxy", "127.0.0.1")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

/// Runs a script from `python/`, which must succeed; answers what it printed.
pub(crate) async fn run(bin: &Path, script: &str, args: &[&str]) -> String {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/python");
    let mut python = command(&bin.join("python"));
    python.arg(scripts.join(script)).args(args);
    said(&mut python).await
}

/// What a command printed. It must have succeeded.
pub(crate) async fn said(command: &mut Command) -> String {
    let output = command.output().await.unwrap();
    let [out, err] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    let status = output.status;
    assert!(status.success(), "{command:?}: {status}\n{out}\n{err}");
    out
}
