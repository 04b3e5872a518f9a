//! CloudWatch: alarms and metrics. This file only says which operation is which function.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Operations.html>

mod alarm_history;
mod alarm_view;
mod alarms;
mod codec;
mod metric_data;
mod metrics;
mod shapes;
mod statistics;

use jiff::Timestamp;

use self::codec::{acknowledge, answer};
use super::codec::unknown_action;
use super::{Protocol, Reply};
use crate::wire::error::ApiError;
use crate::world::World;

pub(super) fn handle(
    world: &mut World,
    now: Timestamp,
    protocol: Protocol,
    action: &str,
    body: &[u8],
) -> Result<Reply, ApiError> {
    match action {
        "DescribeAlarms" => answer(protocol, body, |q| alarm_view::describe(world, &q)),
        "DescribeAlarmsForMetric" => {
            answer(protocol, body, |q| alarm_view::describe_for(world, &q))
        }
        "DescribeAlarmHistory" => answer(protocol, body, |q| alarm_history::describe(world, &q)),
        "PutMetricAlarm" => acknowledge(protocol, body, |q| alarms::put(world, now, q)),
        "DeleteAlarms" => acknowledge(protocol, body, |q| alarms::delete(world, now, &q)),
        "SetAlarmState" => acknowledge(protocol, body, |q| alarms::set_state(world, now, q)),
        "EnableAlarmActions" => acknowledge(protocol, body, |q| alarms::enable(world, now, &q)),
        "DisableAlarmActions" => acknowledge(protocol, body, |q| alarms::disable(world, now, &q)),
        "PutMetricData" => acknowledge(protocol, body, |q| metric_data::put(world, now, q)),
        "GetMetricStatistics" => answer(protocol, body, |q| statistics::statistics(world, q)),
        "GetMetricData" => answer(protocol, body, |q| statistics::data(world, q)),
        "ListMetrics" => answer(protocol, body, |q| metrics::list(world, &q)),
        _ => Err(unknown_action(action)),
    }
}
