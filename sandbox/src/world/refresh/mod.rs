//! Instance refresh: the record, its preferences, what it decides (`plan`, pure), how it moves on (`step`) and ends (`ending`), what it reports
//! (`survey`, `wording`), and the operations on it (`request`).
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-refresh-overview.html>

mod aside;
mod checkpoint;
mod ending;
mod history;
mod plan;
mod preferences;
mod progress;
mod record;
mod request;
mod standings;
mod status;
mod step;
mod survey;
mod wording;

pub use preferences::{Preferences, ScaleInProtected, StandbyInstances};
pub(super) use record::Generation;
pub use record::{Refresh, RollbackDetails};
pub use request::StartRefresh;
pub use status::RefreshStatus;
pub(super) use survey::Survey;
