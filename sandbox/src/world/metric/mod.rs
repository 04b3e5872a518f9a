//! CloudWatch metrics: what was measured (`datum`), kept by metric and time (`store`), and what the sandbox measures of itself
//! (`own`).
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html>

mod datum;
mod own;
mod store;

pub use datum::Datum;
pub(super) use own::CpuFigures;
pub use own::{Cpu, ResponseTimes, Traffic};
pub use store::{Measurement, Point};
pub(super) use store::{Metrics, floor};
