//! The last step to stdout and stderr. stdout is data, stderr is talk.
//!
//! A write that fails is not an error: the work is done whether or not somebody still reads, and a deployment must not end
//! because a pipe was closed. The exit code tells.

use crate::cli::Output;
use crate::failure::Failure;
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
            let _ = write!(io::stdout(), "{}", line.content);
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
    let _ = writeln!(io::stderr(), "{text}");
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
