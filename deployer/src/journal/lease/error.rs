//! Why the lease could not be taken.

use crate::exit::Exit;
use crate::failure::Explain;
use contract::store::StoreError;

/// Why the lease could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// Another run holds it and is alive.
    #[error("{owner} is deploying to this environment")]
    Held {
        /// The holder.
        owner: String,
    },
    /// An entry cannot be understood.
    #[error("the lease {path} cannot be read")]
    Malformed {
        /// The entry's path.
        path: String,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// An entry has a format that this version does not know.
    #[error("the lease {path} has the format {schema}, which this deploy does not know")]
    LaterFormat {
        /// The entry's path.
        path: String,
        /// Its format.
        schema: u32,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Explain for LeaseError {
    fn exit(&self) -> Exit {
        match self {
            Self::Held { .. } => Exit::LeaseHeld,
            Self::Malformed { .. } | Self::LaterFormat { .. } => Exit::StoreUnusable,
            Self::Store(error) => error.exit(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Held { .. } => {
                Some("wait for that run, or stop it with Ctrl-C, then try again".to_owned())
            }
            Self::LaterFormat { .. } => {
                Some("use a deploy as new as the one that wrote it".to_owned())
            }
            Self::Malformed { .. } => Some(
                "it was damaged, or written by a later version of deploy: use one as new as that"
                    .to_owned(),
            ),
            Self::Store(error) => error.hint(),
        }
    }
}
