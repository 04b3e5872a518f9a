//! An error as the agent carries it on: one sentence fragment for the status document, and whether trying again can help.

use std::error::Error;

/// What went wrong with a piece of work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    /// What happened, with its causes.
    pub(crate) cause: String,
    /// Whether the same may succeed later: a network, a server error, not a wrong signature.
    pub(crate) transient: bool,
}

impl Trouble {
    /// From an error and what its module knows of it.
    pub(crate) fn new(error: &(dyn Error + 'static), transient: bool) -> Self {
        Self {
            cause: chain(error),
            transient,
        }
    }
}

/// The error and its causes in one line. A cause that the sentence before already quotes is not said twice.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut line = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let said = cause.to_string();
        if !line.contains(&said) {
            line = format!("{line}: {said}");
        }
        next = cause.source();
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    #[derive(Debug, thiserror::Error)]
    #[error("{said}")]
    struct Outer {
        said: &'static str,
        #[source]
        source: io::Error,
    }

    #[test]
    fn each_cause_is_said_once() {
        let quoting = Outer {
            said: "no luck: disk full",
            source: io::Error::other("disk full"),
        };
        assert_eq!(chain(&quoting), "no luck: disk full");
        let silent = Outer {
            said: "no luck",
            source: io::Error::other("disk full"),
        };
        assert_eq!(chain(&silent), "no luck: disk full");
    }
}
