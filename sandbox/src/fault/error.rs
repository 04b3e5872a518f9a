//! What can be wrong with a fault as somebody wrote it: one sentence, and what to do.

use super::{Key, Kind};

/// Why a text is no fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// No kind of that name.
    #[error("there is no fault {0:?}")]
    Kind(String),
    /// Not `key=value`.
    #[error("{0:?} is not of the form key=value")]
    Pair(String),
    /// The kind has no such key.
    #[error("{} does not take {key:?}", .kind.name())]
    Key {
        /// The kind.
        kind: Kind,
        /// What was written.
        key: String,
    },
    /// A key twice.
    #[error("{} is given twice", .0.name())]
    Twice(Key),
    /// A value that the key cannot have.
    #[error("{} cannot be {value:?}", .key.name())]
    Value {
        /// The key.
        key: Key,
        /// What was written.
        value: String,
    },
    /// A kind that only concerns instances that are launched later.
    #[error("{} only concerns instances launched after it has begun", .0.name())]
    OnlyNew(Kind),
    /// A service that never answers with what was true before.
    #[error("reads of {0} are never stale")]
    NeverStale(String),
    /// A key without which nobody knows what is meant.
    #[error("{} needs {}", .kind.name(), .key.name())]
    Missing {
        /// The kind.
        kind: Kind,
        /// The key.
        key: Key,
    },
}

impl FaultError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Kind(_) => format!("one of {}", list(Kind::ALL.map(Kind::name))),
            Self::Pair(_) => "write KIND:key=value,key=value".to_owned(),
            Self::Key { kind, .. } => {
                let keys = kind.keys().iter().map(|key| key.name());
                format!("{} takes {}", kind.name(), list(keys))
            }
            Self::Twice(_) => "leave one of them out".to_owned(),
            Self::Value { key, .. } => format!("{}= takes {}", key.name(), key.form()),
            Self::OnlyNew(_) => "leave member= out, or write member=new".to_owned(),
            Self::NeverStale(_) => "name another service, or leave service= out".to_owned(),
            Self::Missing { key, .. } => {
                format!("add {}=, which takes {}", key.name(), key.form())
            }
        }
    }
}

fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().collect::<Vec<_>>().join(", ")
}
