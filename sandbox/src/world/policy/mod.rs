//! Scaling policies: what they say (`definition`), what that comes to (`adjust`), and what happens when an alarm or somebody
//! sets one off (`execute`, `tracking`).
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scale-based-on-demand.html>

mod adjust;
mod definition;
mod execute;
mod store;
mod tracking;

pub use definition::{
    Adjustment, AdjustmentType, Aggregation, PolicyKind, PolicySpec, Step, TrackedMetric,
};
pub use execute::ExecutePolicy;
pub(super) use store::Policies;
pub use store::Policy;
