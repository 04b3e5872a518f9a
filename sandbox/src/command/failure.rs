//! How commands end: the exit codes of the help text, and the one way to report an error.

use super::common::DEFAULT_STATE;
use super::quoted::quoted;
use sandbox::binaries::BinariesError;
use sandbox::start::{StartError, nearby};
use sandbox::state::StateError;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

/// How the process ends when not well. The discriminant is the exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// A request was lost, or the deploy failed.
    NotPassed = 1,
    /// The command cannot be done as it was given.
    Usage = 2,
    /// The sandbox did not come up.
    NotStarted = 3,
    /// SIGINT or SIGTERM.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// An error with the exit status that it means and a hint at what to do.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) error: anyhow::Error,
    pub(crate) hint: Option<String>,
}

/// What a command comes to.
pub(crate) type Outcome = Result<ExitCode, Failure>;

impl Failure {
    /// Says it on stderr: one sentence, then the hint on a line of its own.
    pub(crate) fn report(self) -> ExitCode {
        let mut stderr = std::io::stderr().lock();
        // There is nobody left to tell if stderr is closed.
        let _ = writeln!(stderr, "error: {:#}", self.error);
        if let Some(hint) = self.hint {
            let _ = writeln!(stderr, "hint: {hint}");
        }
        self.exit.into()
    }

    /// The same as one JSON object on stdout, for whoever waits for a document there; then on stderr as always.
    pub(crate) fn told_as_document(self) -> Failure {
        let document = serde_json::json!({
            "event": "error",
            "code": self.exit as u8,
            "message": format!("{:#}", self.error),
            "hint": self.hint,
        });
        // The exit status says as much if nobody can read it.
        let _ = writeln!(std::io::stdout().lock(), "{document}");
        self
    }

    /// A signal came before the end.
    pub(crate) fn interrupted(before: &'static str) -> Failure {
        Failure {
            exit: Exit::Interrupted,
            error: anyhow::anyhow!("interrupted {before}"),
            hint: Some(
                "everything that was started has been ended; run the same command again".to_owned(),
            ),
        }
    }

    /// What was to be read could not be written.
    pub(crate) fn unwritten(error: std::io::Error) -> Failure {
        let error = anyhow::Error::new(error).context("could not write to stdout");
        Failure::plain(Exit::NotStarted, error)
    }

    /// An error without a hint.
    pub(crate) fn plain(exit: Exit, error: impl Into<anyhow::Error>) -> Failure {
        Failure {
            exit,
            error: error.into(),
            hint: None,
        }
    }
}

impl From<StateError> for Failure {
    fn from(error: StateError) -> Failure {
        let hint = Some(match &error {
            StateError::Busy { folder, .. } => busy(folder),
            error => error.hint().to_owned(),
        });
        let exit = match error {
            StateError::Disk { .. } => Exit::NotStarted,
            StateError::Busy { .. }
            | StateError::NotRunning(_)
            | StateError::NotUp(_)
            | StateError::NotOurs(_) => Exit::Usage,
        };
        Failure {
            exit,
            error: error.into(),
            hint,
        }
    }
}

/// How to end what runs in a folder: with `--state`, unless it is the folder that `sandbox down` looks in by itself.
fn busy(folder: &Path) -> String {
    let folder = nearby(folder);
    let named = if folder == Path::new(DEFAULT_STATE) {
        String::new()
    } else {
        format!(" --state {}", quoted(&folder.display().to_string()))
    };
    format!("end it with `sandbox down{named}`, or give this one a folder of its own with --state")
}

impl From<BinariesError> for Failure {
    fn from(error: BinariesError) -> Failure {
        let hint = Some(error.hint().to_owned());
        Failure {
            exit: Exit::NotStarted,
            error: error.into(),
            hint,
        }
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Failure {
        match error {
            StartError::State(error) => error.into(),
            error => {
                let hint = error.hint();
                Failure {
                    exit: Exit::NotStarted,
                    error: error.into(),
                    hint,
                }
            }
        }
    }
}
