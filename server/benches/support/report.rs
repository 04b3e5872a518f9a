//! What a bench says: progress on stderr, tables on stdout and, when asked, in `BENCH.md`.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use anyhow::Context;

use super::machine;
use super::table::Table;

/// A line of progress.
pub(crate) fn say(line: &str) {
    // Nobody is left to tell that stderr is closed.
    let _ = writeln!(io::stderr(), "{line}");
}

/// Tables and notes under one name: the part of `BENCH.md` between `<!-- NAME -->` and
/// `<!-- /NAME -->`.
pub(crate) struct Report {
    name: &'static str,
    command: String,
    parts: Vec<String>,
}

impl Report {
    /// `bench` is the one that cargo runs.
    pub(crate) fn new(name: &'static str, bench: &str) -> Self {
        let given = std::env::args().skip(1);
        let given: Vec<String> = given
            .filter(|flag| flag != "--bench" && flag != "--write")
            .collect();
        let dashes = if given.is_empty() { "" } else { " -- " };
        let given = given.join(" ");
        Self {
            name,
            command: format!("cargo bench -p server --bench {bench}{dashes}{given}"),
            parts: Vec::new(),
        }
    }

    pub(crate) fn table(&mut self, table: &Table) {
        self.parts.push(table.to_markdown());
    }

    pub(crate) fn note(&mut self, text: impl Into<String>) {
        self.parts.push(text.into());
    }

    /// Prints the report. `write` also puts it into `BENCH.md`.
    pub(crate) fn publish(self, write: bool) -> anyhow::Result<()> {
        let source = format!("`{}`: {}.", self.command, machine::describe());
        let body = [self.parts, vec![source]].concat().join("\n\n");
        writeln!(io::stdout(), "{body}").context("failed to write to stdout")?;
        if write {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("BENCH.md");
            let document = fs::read_to_string(&path).context("failed to read BENCH.md")?;
            let document = replace(&document, self.name, &body)
                .with_context(|| format!("BENCH.md has no place for {}", self.name))?;
            fs::write(&path, document).context("failed to write BENCH.md")?;
        }
        Ok(())
    }
}

/// Puts `body` between the markers of `name`; `None` if they are not there.
fn replace(document: &str, name: &str, body: &str) -> Option<String> {
    let opening = format!("<!-- {name} -->");
    let closing = format!("<!-- /{name} -->");
    let (before, rest) = document.split_once(&opening)?;
    let (_, after) = rest.split_once(&closing)?;
    Some(format!("{before}{opening}\n\n{body}\n\n{closing}{after}"))
}
