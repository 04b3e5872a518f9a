//! The last step to stdout and stderr. stdout is data, stderr is talk.
//!
//! A write that fails does not stop the work: it is done whether or not somebody still reads, and a deployment must not end
//! because a disk is full. Whoever was asked only for words asks [`check`] at the end whether they arrived.

use crate::cli::Output;
use crate::exit::Exit;
use crate::failure::{Explain, Failure};
use crate::printable;
use serde::Serialize;
use std::fmt::Display;
use std::io::{self, Write};
use std::sync::OnceLock;

/// Why stdout did not take something, the first time. Of the process, as stdout is.
static LOST: OnceLock<io::Error> = OnceLock::new();

/// The process's stdout, with a memory for what it did not take.
#[derive(Debug)]
pub struct Stdout(io::Stdout);

/// Something could not be written to stdout.
#[derive(Debug, thiserror::Error)]
#[error("cannot write to stdout")]
pub struct Unwritten(#[source] &'static io::Error);

/// The process's stdout.
pub fn stdout() -> Stdout {
    Stdout(io::stdout())
}

/// Succeeds when stdout took everything, or when its reader had gone: who closes a pipe has read enough.
pub fn check() -> Result<(), Unwritten> {
    LOST.get().map_or(Ok(()), |error| Err(Unwritten(error)))
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        noted(self.0.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        noted(self.0.flush())
    }
}

fn noted<T>(written: io::Result<T>) -> io::Result<T> {
    if let Err(error) = &written
        && is_loss(error)
    {
        let copy = error.raw_os_error().map(io::Error::from_raw_os_error);
        // The first reason is the one to tell; a later one changes nothing.
        let _ = LOST.set(copy.unwrap_or_else(|| error.kind().into()));
    }
    written
}

/// Whether an error means that somebody misses what was written; an interrupted write is tried again.
fn is_loss(error: &io::Error) -> bool {
    !matches!(
        error.kind(),
        io::ErrorKind::BrokenPipe | io::ErrorKind::Interrupted
    )
}

impl Explain for Unwritten {
    fn exit(&self) -> Exit {
        Exit::Internal
    }

    fn hint(&self) -> Option<String> {
        Some("make room where stdout goes, or send it elsewhere; only the words are lost, what was done is done".to_owned())
    }
}

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
        Output::Json => drop(json(line)),
        Output::Auto | Output::Plain => drop(write(printable(&line.content).as_bytes())),
    }
}

/// Writes one JSON object on a line of stdout.
fn json(line: &impl Serialize) -> io::Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    write(&text)
}

fn write(bytes: &[u8]) -> io::Result<()> {
    let mut stdout = stdout();
    stdout.write_all(bytes).and_then(|()| stdout.flush())
}

/// Prints a line on stderr, beside the result.
pub fn remark(text: &str) {
    let _ = writeln!(io::stderr(), "{}", printable(&text).trim_end());
}

/// Words as lines that cannot drive a terminal: the store's files and AWS's answers quote what others wrote.
fn printable(words: &impl ToString) -> String {
    let words = words.to_string();
    let lines = words.lines().map(printable::printable);
    lines.map(|line| line + "\n").collect()
}

/// Prints why a command did not do its work: as JSON on stdout if asked for, unless stdout is what fails.
pub fn failure(output: Output, failure: &Failure) {
    if output == Output::Json && check().is_ok() && json(&failure.to_line()).is_ok() {
        return;
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
    fn a_reader_that_has_gone_misses_nothing() {
        let loss = |kind: io::ErrorKind| is_loss(&kind.into());
        assert!(!loss(io::ErrorKind::BrokenPipe) && !loss(io::ErrorKind::Interrupted));
        assert!(loss(io::ErrorKind::StorageFull) && loss(io::ErrorKind::Other));
    }

    #[test]
    fn what_others_wrote_cannot_drive_the_terminal() {
        let owner = "ada\u{1b}[2J\u{9b}31m@here\r";
        let words = format!("error: {owner} is deploying\nhint: wait");
        let shown = "error: ada[2J31m@here is deploying\nhint: wait\n";
        assert_eq!(printable(&words), shown);
    }
}
