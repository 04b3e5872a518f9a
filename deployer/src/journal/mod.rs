//! The deployer's own files in the store, below `deployments/<service>/<environment>/`: the lease, and per deployment its
//! record, events and outcome. Every file is created once and never changed; who is in the way is seen by that.

mod id;
mod record;

pub use id::{DeploymentId, DeploymentIdError};
pub use record::{Baseline, Closed, Entry, Previous, Record, TurnedBack};
