//! What the bench says: progress on stderr, tables on stdout and, when asked, in `BENCH.md`.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use anyhow::Context;

use super::machine;

/// A line of progress.
pub(crate) fn say(line: &str) {
    // Nobody is left to tell that stderr is closed.
    let _ = writeln!(io::stderr(), "{line}");
}

/// Prints `parts` and where they come from. `write` also puts them between `<!-- fleet -->` and `<!-- /fleet -->` of
/// `BENCH.md`.
pub(crate) fn publish(mut parts: Vec<String>, write: bool) -> anyhow::Result<()> {
    parts.push(format!("`{}`: {}.", command(), machine::describe()));
    let body = parts.join("\n\n");
    writeln!(io::stdout(), "{body}").context("failed to write to stdout")?;
    if write {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("BENCH.md");
        let document = fs::read_to_string(&path).context("failed to read BENCH.md")?;
        let document = replace(&document, &body).context("BENCH.md has no place for the tables")?;
        fs::write(&path, document).context("failed to write BENCH.md")?;
    }
    Ok(())
}

fn command() -> String {
    let given = std::env::args().skip(1);
    let given: Vec<String> = given
        .filter(|flag| flag != "--bench" && flag != "--write")
        .collect();
    let dashes = if given.is_empty() { "" } else { " -- " };
    let given = given.join(" ");
    format!("cargo bench -p sandbox --bench fleet{dashes}{given}")
}

fn replace(document: &str, body: &str) -> Option<String> {
    let (opening, closing) = ("<!-- fleet -->", "<!-- /fleet -->");
    let (before, rest) = document.split_once(opening)?;
    let (_, after) = rest.split_once(closing)?;
    Some(format!("{before}{opening}\n\n{body}\n\n{closing}{after}"))
}
