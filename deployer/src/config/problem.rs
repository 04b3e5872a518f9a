//! What is wrong with a configuration file, where, and how it is shown.

use crate::exit::Exit;
use crate::failure::Explain;
use serde::Serialize;
use std::fmt;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Why a configuration could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum ConfigErrors {
    /// The file cannot be read.
    #[error("cannot read the configuration {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The operating system's answer.
        #[source]
        source: io::Error,
    },
    /// The file says things that it may not say.
    #[error("{}", Listing { path, problems })]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Everything that is wrong, in the order of the file.
        problems: Vec<Problem>,
    },
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The line, from 1.
    pub line: usize,
    /// The column, in characters from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub hint: String,
    /// The offending line.
    #[serde(skip)]
    text: String,
    /// How many characters of the line to underline.
    #[serde(skip)]
    width: usize,
}

impl Problem {
    /// A problem with the bytes `span` of `document`.
    pub fn at(document: &str, span: Range<usize>, message: String, hint: String) -> Self {
        let start = floor(document, span.start);
        let end = floor(document, span.end).max(start);
        let line_start = document[..start].rfind('\n').map_or(0, |end| end + 1);
        let text = document[line_start..].lines().next().unwrap_or_default();
        let column = document[line_start..start].chars().count() + 1;
        let room = (text.chars().count() + 1).saturating_sub(column);
        Self {
            line: document[..start].matches('\n').count() + 1,
            column,
            message,
            hint,
            text: text.to_owned(),
            width: document[start..end].chars().count().clamp(1, room.max(1)),
        }
    }
}

/// The nearest start of a character at or before `index`: a span must never make the report itself fail.
fn floor(document: &str, index: usize) -> usize {
    let mut index = index.min(document.len());
    while !document.is_char_boundary(index) {
        index -= 1;
    }
    index
}

impl Explain for ConfigErrors {
    fn exit(&self) -> Exit {
        Exit::BadConfig
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Unreadable { source, .. } if source.kind() == io::ErrorKind::InvalidData => {
                "save the file in the encoding UTF-8, or name another one with --config PATH"
                    .to_owned()
            }
            Self::Unreadable { .. } => {
                "name the file with --config PATH or DEPLOY_CONFIG".to_owned()
            }
            Self::Malformed { path, .. } => {
                format!("correct {}, nothing was changed", path.display())
            }
        })
    }

    fn problems(&self) -> &[Problem] {
        match self {
            Self::Unreadable { .. } => &[],
            Self::Malformed { problems, .. } => problems,
        }
    }
}

struct Listing<'a> {
    path: &'a Path,
    problems: &'a [Problem],
}

impl fmt::Display for Listing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match self.problems.len() {
            1 => write!(f, "{path} has a problem")?,
            count => write!(f, "{path} has {count} problems")?,
        }
        for problem in self.problems {
            write!(f, "\n\n{path}:{problem}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            line,
            column,
            message,
            hint,
            text,
            width,
        } = self;
        let margin = " ".repeat(line.to_string().len());
        // Tabs are shown as one space, so that the mark below stands under the right character.
        let text = text.replace('\t', " ");
        let before = " ".repeat(column - 1);
        let mark = "^".repeat(*width);
        write!(
            f,
            "{line}:{column}: {message}\n {line} | {text}\n {margin} | {before}{mark} {hint}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_and_survive_any_span() {
        let document = "a = 1\nü = \"é\"\n";
        let problem = |span| Problem::at(document, span, "m".to_owned(), "h".to_owned());
        assert_eq!((problem(0..1).line, problem(0..1).column), (1, 1));
        assert_eq!((problem(11..15).line, problem(11..15).column), (2, 5));
        for start in 0..20 {
            for end in 0..20 {
                assert!(problem(start..end).width >= 1);
            }
        }
    }
}
