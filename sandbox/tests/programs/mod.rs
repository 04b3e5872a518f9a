//! The programs of the workspace, for the tests that start them. A test file takes this module in by `mod programs`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// What cargo says of the test's own package: build scripts would take it for a change and have half the workspace rebuilt.
const OWN: [&str; 4] = [
    "CARGO_PKG_",
    "CARGO_MANIFEST_",
    "CARGO_BIN_",
    "CARGO_CRATE_",
];

/// The folder of the programs: `SANDBOX_BIN_DIR`, or where cargo puts them, all of them built.
#[expect(
    clippy::disallowed_methods,
    reason = "a test's environment is its command line"
)]
pub(crate) fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        if let Some(folder) = std::env::var_os("SANDBOX_BIN_DIR") {
            return folder.into();
        }
        build();
        let sandbox = Path::new(env!("CARGO_BIN_EXE_sandbox"));
        sandbox.parent().expect("a program is in a folder").into()
    })
}

fn build() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["build", "--quiet", "--workspace", "--bins"])
        .current_dir(workspace.expect("the crate is in the workspace"));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if OWN.iter().any(|own| text.starts_with(own)) {
            cargo.env_remove(&name);
        }
    }
    let built = cargo.status().is_ok_and(|status| status.success());
    assert!(built, "the workspace's programs do not build");
}
