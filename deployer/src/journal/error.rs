//! Why the journal could not be read or written.

use crate::exit::Exit;
use crate::failure::Explain;
use contract::store::StoreError;

/// Why the journal could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Somebody else wrote this file: two runs drive the same deployment.
    #[error("{path} was written by another run")]
    Overtaken {
        /// The file.
        path: String,
    },
    /// A file that should be there is not.
    #[error("{path} is missing from the store")]
    Missing {
        /// The file.
        path: String,
    },
    /// A file that cannot be understood: damaged, or written by a later version.
    #[error("{path} cannot be read")]
    Malformed {
        /// The file.
        path: String,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// A file of a format that this version does not know.
    #[error("{path} has the format {schema}, which this deploy does not know")]
    LaterFormat {
        /// The file.
        path: String,
        /// Its format.
        schema: u32,
    },
}

impl Explain for JournalError {
    fn exit(&self) -> Exit {
        match self {
            Self::Store(error) => error.exit(),
            Self::Overtaken { .. } => Exit::InDoubt,
            Self::Missing { .. } | Self::Malformed { .. } | Self::LaterFormat { .. } => {
                Exit::StoreUnusable
            }
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Store(error) => error.hint(),
            Self::Overtaken { .. } => Some("run `deploy status` to see who is at work".to_owned()),
            Self::LaterFormat { .. } => {
                Some("use a deploy as new as the one that wrote it".to_owned())
            }
            Self::Missing { .. } | Self::Malformed { .. } => Some(
                "it was damaged, or written by a later version of deploy: use one as new as that"
                    .to_owned(),
            ),
        }
    }
}
