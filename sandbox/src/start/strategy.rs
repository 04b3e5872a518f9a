//! What `deploy` has to say against a strategy, asked before a sandbox is started for it.

use super::deploy_toml;
use crate::binaries::Binaries;
use crate::profile::Deploy;
use serde::Deserialize;
use std::io::{self, Write as _};
use std::process::{Command, Stdio};

/// One thing that is wrong with a strategy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StrategyProblem {
    /// The setting, where there is one that is to blame.
    pub key: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub hint: String,
}

/// What matters here of what `deploy --output json` says of a configuration that it refuses.
#[derive(Default, Deserialize)]
struct Refusal {
    #[serde(default)]
    problems: Vec<Problem>,
}

#[derive(Deserialize)]
struct Problem {
    line: usize,
    message: String,
    hint: String,
}

/// Lets the real `deploy` read the strategy. The document around it is refused in any case, for a key that is none: so nothing
/// is done beyond reading, whatever becomes of the strategy.
pub fn problems(binaries: &Binaries, deploy: &Deploy) -> io::Result<Vec<StrategyProblem>> {
    let document = deploy_toml::document("none", deploy).map_err(io::Error::other)?;
    let mut child = Command::new(binaries.deploy())
        .args(["history", "--env", crate::names::ENVIRONMENT])
        .args(["--output", "json", "--config", "/dev/stdin"])
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // One that does not listen has nothing to say either.
        let _ = stdin.write_all(document.as_bytes());
    }
    let output = child.wait_with_output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    let last = said.lines().last().unwrap_or_default();
    let refusal: Refusal = serde_json::from_str(last).unwrap_or_default();
    Ok(of_the_strategy(&document, refusal.problems))
}

/// Those below the strategy's head line, which is the last section of the document.
fn of_the_strategy(document: &str, problems: Vec<Problem>) -> Vec<StrategyProblem> {
    let lines: Vec<&str> = document.lines().collect();
    let head = lines.iter().position(|line| line.ends_with(".strategy]"));
    let begins = head.map_or(usize::MAX, |head| head + 1);
    let own = problems.into_iter().filter(|it| it.line >= begins);
    let problem = |it: Problem| {
        let line = lines.get(it.line - 1).copied().unwrap_or_default();
        StrategyProblem {
            key: line.split_once(" = ").map(|(key, _)| key.to_owned()),
            message: it.message,
            hint: it.hint,
        }
    };
    own.map(problem).collect()
}
