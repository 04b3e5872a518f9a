//! CloudWatch alarms: what they watch (`definition`) and the states that they have been in (`state`).
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html>

mod definition;
mod state;

pub use definition::{AlarmActions, AlarmSpec, Comparison, MetricKey, MissingData, Statistic};
pub(super) use state::Alarms;
pub use state::{Alarm, AlarmEvent, AlarmEventKind, AlarmReason, AlarmState};
