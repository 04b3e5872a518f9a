//! What a command that did not do its work hands to `main`: a sentence, a hint and an exit code.
//!
//! Each error type says for itself which code and hint it has ([`Explain`]); the errors of `contract`, which know nothing of
//! exit codes, are explained here.

use crate::config::Problem;
use crate::exit::Exit;
use contract::blob::BlobError;
use contract::release::ReleaseError;
use contract::store::StoreError;
use serde::Serialize;
use std::error::Error;

/// An error that can end a command.
pub trait Explain: Error + Send + Sync + 'static {
    /// The exit code that the process ends with.
    fn exit(&self) -> Exit;

    /// What to do about it, as one sentence without a full stop.
    fn hint(&self) -> Option<String>;

    /// The single problems, where the error is about a file with positions in it.
    fn problems(&self) -> &[Problem] {
        &[]
    }
}

/// Any error that ends a command.
#[derive(Debug)]
pub struct Failure(Box<dyn Explain>);

impl<E: Explain> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(Box::new(error))
    }
}

/// A failure as `--output json` shows it.
#[derive(Debug, Serialize)]
pub struct FailureLine {
    event: &'static str,
    code: u8,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    #[serde(skip_serializing_if = "<[Problem]>::is_empty")]
    problems: Vec<Problem>,
}

impl Failure {
    /// The exit code.
    pub fn exit(&self) -> Exit {
        self.0.exit()
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        self.0.hint()
    }

    /// What happened: the error and its causes, outermost first. A cause that the text before it already quotes is left
    /// out.
    pub fn message(&self) -> String {
        let mut message = self.0.to_string();
        let mut cause = self.0.source();
        while let Some(error) = cause {
            let text = error.to_string();
            if !message.contains(&text) {
                message = format!("{message}: {text}");
            }
            cause = error.source();
        }
        message
    }

    /// The failure as one JSON object. Problems are listed, so the message is only the sentence above them.
    pub fn to_line(&self) -> FailureLine {
        let problems = self.0.problems().to_vec();
        let mut message = self.message();
        if !problems.is_empty() {
            message.truncate(message.find('\n').unwrap_or(message.len()));
        }
        FailureLine {
            event: "error",
            code: self.exit().code(),
            message,
            hint: self.hint(),
            problems,
        }
    }
}

impl Explain for StoreError {
    fn exit(&self) -> Exit {
        Exit::StoreUnusable
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::BadUrl { .. } => "correct `store` in deploy.toml",
            Self::Absent { .. } => {
                "check `store` in deploy.toml, or make the bucket or folder first"
            }
            Self::Refused { .. } => "check the permissions of your AWS credentials on the bucket",
            Self::Unusable { .. } => {
                "check the network, the region and your AWS credentials, then try again"
            }
            Self::ReadOnly { .. } => {
                "an https store can only be read: publish to the s3:// or file:// store behind it"
            }
            Self::TooLarge { .. } => "this object was not written by deploy: look at who did",
        };
        Some(hint.to_owned())
    }
}

impl Explain for ReleaseError {
    fn exit(&self) -> Exit {
        match self {
            Self::UnknownVersion { .. } => Exit::UnknownVersion,
            Self::Unsigned { .. } => Exit::Unsigned,
            Self::BadSignature { .. }
            | Self::BadManifest { .. }
            | Self::Misplaced { .. }
            | Self::WrongDigest { .. } => Exit::Tampered,
            Self::Store(error) => error.exit(),
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::UnknownVersion { version, .. } => format!("publish it first: deploy publish --version {version} --file PATH"),
            Self::Unsigned { .. } => "only `deploy publish` signs; publish the same content under a new version".to_owned(),
            Self::BadSignature { .. } => "compare `public_key` in deploy.toml with the key that signed; if they fit, treat the store as tampered with".to_owned(),
            Self::BadManifest { .. } => "publish a new version with this deploy, or use a deploy as new as the one that published".to_owned(),
            Self::Misplaced { .. } | Self::WrongDigest { .. } => "somebody moved or replaced it: treat the store as tampered with and publish a new version".to_owned(),
            Self::Store(error) => return error.hint(),
        };
        Some(hint)
    }
}

impl Explain for BlobError {
    fn exit(&self) -> Exit {
        match self {
            Self::Absent { .. } | Self::Tampered { .. } => Exit::BadBlob,
            Self::Store(error) => error.exit(),
            Self::Write { .. } => Exit::Internal,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Absent { .. } => Some("publish the same files again: what is missing is uploaded".to_owned()),
            Self::Tampered { .. } => Some("treat the store as tampered with; remove the blob and publish the same files again".to_owned()),
            Self::Store(error) => error.hint(),
            Self::Write { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Layer {
        text: &'static str,
        source: Option<Box<Layer>>,
    }

    impl Explain for Layer {
        fn exit(&self) -> Exit {
            Exit::Internal
        }

        fn hint(&self) -> Option<String> {
            None
        }
    }

    #[test]
    fn causes_follow_and_are_not_repeated() {
        let layer = |text, source: Option<Layer>| Layer {
            text,
            source: source.map(Box::new),
        };
        let root = layer("no such file", None);
        let quoted = layer("cannot read a", Some(root));
        let outer = layer("refused: cannot read a", Some(quoted));
        let failure = Failure::from(outer);
        assert_eq!(failure.message(), "refused: cannot read a: no such file");
        let line = serde_json::to_string(&failure.to_line()).unwrap();
        assert_eq!(
            line,
            r#"{"event":"error","code":1,"message":"refused: cannot read a: no such file"}"#
        );
    }
}
