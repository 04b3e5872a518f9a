//! What `/_sandbox/state` shows: the world in JSON, with AWS's words for AWS's things. Pure functions of the world.

mod group;
mod lifeline;
mod member;
mod snapshot;

pub use group::{ActivityView, GroupView, RefreshView, TemplateView};
pub use lifeline::Entered;
pub use member::{HookView, MemberView, TargetView};
pub(super) use snapshot::seen;
pub use snapshot::{Seen, Snapshot};
