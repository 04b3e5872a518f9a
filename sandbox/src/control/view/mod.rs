//! What `/_sandbox/state` shows: the world in JSON, with AWS's words for AWS's things. Pure functions of the world.

mod group;
mod lifeline;
mod load;
mod member;
mod snapshot;

pub use group::{ActivityView, GroupView, RefreshView, TemplateView};
pub use lifeline::Entered;
pub(super) use load::load;
pub use load::{LoadView, SecondView};
pub use member::{HookView, MemberView, TargetView};
pub(super) use snapshot::seen;
pub use snapshot::{DeploysView, Seen, Snapshot};
