//! CloudWatch alarms: what they watch (`definition`) and the states that they have been in (`state`), and how the
//! values of their metric decide about them (`evaluate`, as time passes in `watch`).
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html>

mod definition;
mod evaluate;
mod reason;
mod state;
mod watch;

pub use definition::{AlarmActions, AlarmSpec, Comparison, MetricKey, MissingData, Statistic};
pub(super) use state::Alarms;
pub use state::{Alarm, AlarmEvent, AlarmEventKind, AlarmReason, AlarmState};

#[cfg(test)]
mod tests;
