//! The source revision, where there is one.

use std::process::{Command, Stdio};

/// The commit that the current folder has checked out; `None` outside of a repository or without git.
pub fn git_revision() -> Option<String> {
    let mut git = Command::new("git");
    git.args(["rev-parse", "--verify", "HEAD"])
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    let answer = git.output().ok().filter(|answer| answer.status.success())?;
    let revision = String::from_utf8(answer.stdout).ok()?.trim().to_owned();
    is_revision(&revision).then_some(revision)
}

/// A SHA-1 or SHA-256 object name.
pub(super) fn is_revision(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
