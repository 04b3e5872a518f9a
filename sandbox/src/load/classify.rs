//! From an I/O error or a status to a class.

use std::io::{self, ErrorKind};

use super::sample::Class;

/// How an exchange ended: its class, and the words for it when it failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) class: Class,
    pub(super) detail: String,
}

impl Outcome {
    pub(super) fn new(class: Class, detail: impl Into<String>) -> Self {
        Self {
            class,
            detail: detail.into(),
        }
    }

    pub(super) fn connecting(error: &io::Error) -> Self {
        let class = match error.kind() {
            ErrorKind::ConnectionRefused => Class::Refused,
            ErrorKind::ConnectionReset => Class::Reset,
            ErrorKind::TimedOut => Class::Timeout,
            _ => Class::Local,
        };
        Self::new(class, format!("failed to connect: {error}"))
    }

    pub(super) fn exchanging(error: &io::Error, stage: Stage) -> Self {
        let class = match (stage, error.kind()) {
            (Stage::Body, _) => Class::Truncated,
            (
                Stage::Request | Stage::Head,
                ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe,
            ) => Class::Reset,
            (Stage::Request | Stage::Head, _) => Class::Local,
        };
        Self::new(class, format!("{error} {}", stage.words()))
    }
}

/// How far an exchange had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Request,
    Head,
    Body,
}

impl Stage {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Request => "while sending the request",
            Self::Head => "before the response's head was complete",
            Self::Body => "in the middle of the body",
        }
    }
}

/// The class of a complete answer.
pub(super) fn complete(status: u16) -> Class {
    match status {
        200..=299 => Class::Ok(status),
        500..=599 => Class::ServerError(status),
        _ => Class::Unexpected(status),
    }
}
