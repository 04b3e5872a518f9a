//! Reading one table of the document: every key is asked for once, what was never asked for is unknown.

use super::problem::Problem;
use super::suggest;
use super::value::{Read, kind};
use std::cell::RefCell;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The document's text and the problems found in it so far.
#[derive(Debug)]
pub(super) struct Findings<'d> {
    document: &'d str,
    problems: RefCell<Vec<Problem>>,
}

impl<'d> Findings<'d> {
    pub(super) fn new(document: &'d str) -> Self {
        Self {
            document,
            problems: RefCell::default(),
        }
    }

    /// Notes a problem with these bytes of the document.
    pub(super) fn note(
        &self,
        span: Range<usize>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        let problem = Problem::at(self.document, span, message.into(), hint.into());
        self.problems.borrow_mut().push(problem);
    }

    /// Every problem, in the order of the document.
    pub(super) fn finish(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(|problem| (problem.line, problem.column));
        problems
    }
}

/// One table while it is read.
#[derive(Debug)]
pub(super) struct Section<'a> {
    findings: &'a Findings<'a>,
    table: &'a DeTable<'a>,
    span: Range<usize>,
    name: String,
    asked: Vec<&'static str>,
}

impl<'a> Section<'a> {
    /// The whole document.
    pub(super) fn root(table: &'a Spanned<DeTable<'a>>, findings: &'a Findings<'a>) -> Self {
        Self {
            findings,
            table: table.get_ref(),
            span: 0..0,
            name: String::new(),
            asked: Vec::new(),
        }
    }

    /// A value that must be there. `None` when it is not, or is refused; both are noted.
    pub(super) fn required<T>(
        &mut self,
        key: &'static str,
        read: impl Fn(&DeValue<'a>) -> Read<T>,
    ) -> Option<T> {
        if !self.table.contains_key(key) {
            self.missing(key);
        }
        self.optional(key, read)
    }

    /// A value that may be absent. `None` also when it is refused, which is noted.
    pub(super) fn optional<T>(
        &mut self,
        key: &'static str,
        read: impl Fn(&DeValue<'a>) -> Read<T>,
    ) -> Option<T> {
        self.asked.push(key);
        let value = self.table.get(key)?;
        match read(value.get_ref()) {
            Ok(value) => Some(value),
            Err(refusal) => {
                self.findings.note(
                    value.span(),
                    format!("`{key}` {}", refusal.message),
                    refusal.hint,
                );
                None
            }
        }
    }

    /// A section below this one that may be absent.
    pub(super) fn section(&mut self, key: &'static str) -> Option<Section<'a>> {
        self.asked.push(key);
        let value = self.table.get(key)?;
        self.below(key, value)
    }

    /// The sections below `key`, each with its name and where the name stands. Absent or empty is a problem.
    pub(super) fn sections(
        &mut self,
        key: &'static str,
    ) -> Vec<(&'a str, Range<usize>, Section<'a>)> {
        let Some(parent) = self.section(key) else {
            if !self.table.contains_key(key) {
                self.missing(key);
            }
            return Vec::new();
        };
        if parent.table.is_empty() {
            let hint = format!("add a section [{key}.NAME]");
            self.findings
                .note(parent.span.clone(), format!("`{key}` is empty"), hint);
        }
        let named = |(name, value): (&'a Spanned<_>, _)| {
            let name: &Spanned<std::borrow::Cow<'a, str>> = name;
            let section = parent.below(name.get_ref(), value)?;
            Some((name.get_ref().as_ref(), name.span(), section))
        };
        parent.table.iter().filter_map(named).collect()
    }

    /// Notes a problem with the value of `key`.
    pub(super) fn note(&self, key: &str, message: impl Into<String>, hint: impl Into<String>) {
        let span = self.table.get(key).map_or(self.span.clone(), Spanned::span);
        self.findings.note(span, message, hint);
    }

    /// Notes a problem with these bytes of the document.
    pub(super) fn note_at(
        &self,
        span: Range<usize>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.findings.note(span, message, hint);
    }

    /// Notes every key that was never asked for.
    pub(super) fn finish(self) {
        for (key, _) in self.table {
            let name = key.get_ref().as_ref();
            if !self.asked.contains(&name) {
                self.findings
                    .note(key.span(), self.unknown(name), self.known(name));
            }
        }
    }

    fn below(&self, key: &str, value: &'a Spanned<DeValue<'a>>) -> Option<Section<'a>> {
        let name = if self.name.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.name)
        };
        let Some(table) = value.get_ref().as_table() else {
            let message = format!("`{key}` must be a section, not {}", kind(value.get_ref()));
            self.findings.note(
                value.span(),
                message,
                format!("write [{name}] on a line of its own"),
            );
            return None;
        };
        Some(Section {
            findings: self.findings,
            table,
            span: value.span(),
            name,
            asked: Vec::new(),
        })
    }

    fn missing(&self, key: &str) {
        let place = if self.name.is_empty() {
            String::new()
        } else {
            format!(" in [{}]", self.name)
        };
        self.findings.note(
            self.span.clone(),
            format!("`{key}` is missing{place}"),
            format!("add `{key}`"),
        );
    }

    fn unknown(&self, name: &str) -> String {
        if self.name.is_empty() {
            format!("unknown key `{name}`")
        } else {
            format!("unknown key `{name}` in [{}]", self.name)
        }
    }

    fn known(&self, name: &str) -> String {
        match suggest::nearest(name, self.asked.iter().copied()) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("known here: {}", self.asked.join(", ")),
        }
    }
}
