//! The last step to stdout and stderr. stdout is data, stderr is talk.
//!
//! A write that fails is not an error: the work is done whether or not somebody still reads, and a deployment must not end
//! because a pipe was closed. The exit code tells.

use crate::cli::Output;
use crate::failure::Failure;
use crate::report;
use serde::Serialize;
use std::fmt::Display;
use std::io::{self, Write};

/// A result as `--output json` shows it: an object whose `event` says what it is.
#[derive(Debug, Serialize)]
pub struct Line<T> {
    event: &'static str,
    #[serde(flatten)]
    content: T,
}

impl<T> Line<T> {
    /// A result of this kind.
    pub fn new(event: &'static str, content: T) -> Self {
        Self { event, content }
    }
}

/// Prints a result: as its words, or as one JSON object.
pub fn print<T: Serialize + Display>(output: Output, line: &Line<T>) {
    match output {
        Output::Json => json(line),
        Output::Auto | Output::Plain => {
            let _ = io::stdout().write_all(printable(&line.content).as_bytes());
        }
    }
}

/// Prints one JSON object on a line of stdout.
pub fn json(line: &impl Serialize) {
    if let Ok(mut text) = serde_json::to_vec(line) {
        text.push(b'\n');
        let mut stdout = io::stdout().lock();
        let _ = stdout.write_all(&text).and_then(|()| stdout.flush());
    }
}

/// Prints a line on stderr, beside the result.
pub fn remark(text: &str) {
    let _ = writeln!(io::stderr(), "{}", printable(&text).trim_end());
}

/// Words as lines that cannot drive a terminal: the store's files and AWS's answers quote what others wrote.
fn printable(words: &impl ToString) -> String {
    let words = words.to_string();
    let lines = words.lines().map(report::printable);
    lines.map(|line| line + "\n").collect()
}

/// Prints why a command did not do its work.
pub fn failure(output: Output, failure: &Failure) {
    if output == Output::Json {
        return json(&failure.to_line());
    }
    remark(&format!("error: {}", failure.message()));
    if let Some(hint) = failure.hint() {
        remark(&format!("hint: {hint}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_cannot_drive_the_terminal() {
        let owner = "ada\u{1b}[2J\u{9b}31m@here\r";
        let words = format!("error: {owner} is deploying\nhint: wait");
        let shown = "error: ada[2J31m@here is deploying\nhint: wait\n";
        assert_eq!(printable(&words), shown);
    }
}
