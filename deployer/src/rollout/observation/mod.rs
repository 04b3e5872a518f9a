//! What was seen of a deployment at one moment: the journal's entry and AWS's view of the group. Plain data, no SDK types.
//!
//! A read that failed is [`Seen::Unknown`]: no information, never a sign of health or of failure.

mod activity;
mod group;
mod refresh;
mod target;
mod template;
mod view;

pub use activity::{Activity, ActivityKind, ActivityState, MemberFailure};
pub use group::{Group, Lifecycle, Member, Stage, TemplateRef};
pub use refresh::{Refresh, RefreshStatus};
pub use target::{Target, TargetHealth};
pub use template::{Template, Templates};
pub use view::{Blindness, FleetView, Observation, Seen};
