//! A rehearsal: a whole deploy under load, from a group on the old version to a verdict about the new one.
//!
//! `story` is the sequence, `deploy` the deploy in it, `members` asks who runs what in the end, `verdict` puts what
//! was seen into the words of the report. Nothing here knows how a load is sent or how a report looks.

mod deploy;
mod members;
mod story;
mod verdict;

pub use deploy::DeployRun;
pub use members::MemberVersion;
pub use story::{Rehearsal, RehearsalError, Run};
