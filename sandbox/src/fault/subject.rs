//! What a fault is asked about: a call, a launch, an instance.

use super::Caller;
use crate::world::InstanceId;
use jiff::Timestamp;

/// What may be struck, as far as it is known. A fault that is confined to something only strikes what is known to be that.
#[derive(Debug, Clone, Copy, Default)]
pub struct Subject<'a> {
    /// The service that is called, by the name that it signs with.
    pub service: Option<&'a str>,
    /// The operation.
    pub op: Option<&'a str>,
    /// Whether the operation changes something.
    pub mutates: bool,
    /// Who calls.
    pub from: Option<Caller>,
    /// The availability zone.
    pub zone: Option<&'a str>,
    /// The version that the instance was launched for.
    pub version: Option<&'a str>,
    /// The name of what it is about.
    pub name: Option<&'a str>,
}

/// An instance that may be struck.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Who {
    /// When it was launched. First, so that instances sort by it.
    pub launched_at: Timestamp,
    /// Its id.
    pub id: InstanceId,
    /// Its availability zone.
    pub zone: String,
    /// The version that it was launched for.
    pub version: Option<String>,
    /// Whether it is `InService`.
    pub in_service: bool,
}

impl Who {
    /// The instance in the words of a question.
    pub(super) fn subject(&self) -> Subject<'_> {
        Subject {
            zone: Some(&self.zone),
            version: self.version.as_deref(),
            ..Subject::default()
        }
    }
}
