//! How the values of options are written, and what is said of those that are not. clap would quote the parser's own words,
//! which speak of minor version numbers and unexpected characters, and the whole of what was typed.

use crate::printable::printable;
use clap::builder::TypedValueParser;
use clap::error::{ContextValue, ErrorKind};
use clap::{Arg, Command};
use contract::names::Name;
use semver::Version;
use std::ffi::OsStr;

/// A published version.
pub(super) const VERSION: Spelling<Version> = Spelling {
    what: "a version",
    hint: "write three numbers, as in 1.2.0, without a leading `v`",
    read: |text| text.parse().ok(),
};

/// An environment of deploy.toml.
pub(super) const ENVIRONMENT: Spelling<Name> = Spelling {
    what: "the name of an environment",
    hint: "write 1 to 63 lower-case letters, digits and inner hyphens, starting with a letter",
    read: |text| text.parse().ok(),
};

/// How many of something; to ask for none of it would read as if there were none.
pub(super) const COUNT: Spelling<usize> = Spelling {
    what: "a number from 1",
    hint: "write a whole number, 1 or more",
    read: |text| text.parse().ok().filter(|count| *count > 0),
};

/// How much of what was typed is shown again, in characters: enough to recognise it, and it fits into a line.
const SHOWN: usize = 60;

/// How one kind of value is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spelling<T> {
    what: &'static str,
    hint: &'static str,
    read: fn(&str) -> Option<T>,
}

impl<T: Clone + Send + Sync + 'static> TypedValueParser for Spelling<T> {
    type Value = T;

    fn parse_ref(
        &self,
        command: &Command,
        option: Option<&Arg>,
        value: &OsStr,
    ) -> Result<T, clap::Error> {
        value.to_str().and_then(self.read).ok_or_else(|| {
            let typed = cut(&value.to_string_lossy());
            let option = option.map(ToString::to_string).unwrap_or_default();
            let Self { what, hint, .. } = self;
            let message = format!("`{typed}` is not {what}, in {option}\nhint: {hint}");
            command.clone().error(ErrorKind::ValueValidation, message)
        })
    }
}

/// The error with only the beginning of what was typed.
pub(super) fn shortened(mut error: clap::Error) -> clap::Error {
    let long: Vec<_> = error
        .context()
        .filter_map(|(kind, value)| match value {
            ContextValue::String(text) if text.chars().count() > SHOWN => Some((kind, cut(text))),
            _ => None,
        })
        .collect();
    for (kind, text) in long {
        error.insert(kind, ContextValue::String(text));
    }
    error
}

/// The beginning of a text, fit for a terminal.
fn cut(text: &str) -> String {
    let text = printable(text);
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
