//! The deployer's own files in the store, below `deployments/<service>/<environment>/`: the lease, and per deployment its
//! record, events and outcome. Every file is created once and never changed; who is in the way is seen by that.

mod error;
mod history;
mod id;
mod lease;
mod record;

pub use error::JournalError;
pub use history::Journal;
pub use id::DeploymentId;
pub use lease::{Claim, Head, Lease, LeaseKind, LeaseLog, Standing, Tenure};
pub use record::{Closed, Entry, Record, TurnedBack};
