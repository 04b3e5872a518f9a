//! What has happened to the alarms.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html>

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::alarm_view::AlarmType;
use super::shapes;
use crate::wire::document::Moment;
use crate::wire::error::ApiError;
use crate::world::{AlarmEvent, AlarmEventKind, AlarmReason, AlarmState, World};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Describe {
    alarm_name: Option<String>,
    alarm_types: Option<Vec<AlarmType>>,
    history_item_type: Option<ItemType>,
    start_date: Option<Moment>,
    end_date: Option<Moment>,
    scan_by: Option<ScanBy>,
    max_records: Option<usize>,
    next_token: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
enum ItemType {
    ConfigurationUpdate,
    StateUpdate,
    Action,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum ScanBy {
    TimestampDescending,
    TimestampAscending,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Described {
    alarm_history_items: Vec<Item>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Item {
    alarm_name: String,
    alarm_type: AlarmType,
    timestamp: Moment,
    history_item_type: ItemType,
    history_summary: String,
    history_data: String,
}

impl Item {
    fn new(event: &AlarmEvent) -> Self {
        Self {
            alarm_name: event.alarm.clone(),
            alarm_type: AlarmType::MetricAlarm,
            timestamp: Moment(event.at),
            history_item_type: item_type(&event.kind),
            history_summary: summary(event),
            history_data: data(&event.kind).to_string(),
        }
    }
}

fn item_type(kind: &AlarmEventKind) -> ItemType {
    match kind {
        AlarmEventKind::Created | AlarmEventKind::Updated | AlarmEventKind::Deleted => {
            ItemType::ConfigurationUpdate
        }
        AlarmEventKind::Changed { .. } => ItemType::StateUpdate,
        AlarmEventKind::Action { .. } => ItemType::Action,
    }
}

fn summary(event: &AlarmEvent) -> String {
    let name = &event.alarm;
    match &event.kind {
        AlarmEventKind::Created => format!("Alarm \"{name}\" created"),
        AlarmEventKind::Updated => format!("Alarm \"{name}\" updated"),
        AlarmEventKind::Deleted => format!("Alarm \"{name}\" deleted"),
        AlarmEventKind::Changed { from, to, .. } => {
            format!("Alarm updated from {} to {}", from.name(), to.name())
        }
        AlarmEventKind::Action { outcome, .. } => outcome.clone(),
    }
}

fn data(kind: &AlarmEventKind) -> Value {
    match kind {
        AlarmEventKind::Created => json!({ "version": "1.0", "type": "Create" }),
        AlarmEventKind::Updated => json!({ "version": "1.0", "type": "Update" }),
        AlarmEventKind::Deleted => json!({ "version": "1.0", "type": "Delete" }),
        AlarmEventKind::Changed { from, to, reason } => json!({
            "version": "1.0",
            "oldState": { "stateValue": from.name() },
            "newState": new_state(*to, reason),
        }),
        AlarmEventKind::Action { arn, .. } => {
            json!({ "actionState": "Succeeded", "notificationResource": arn })
        }
    }
}

fn new_state(to: AlarmState, reason: &AlarmReason) -> Value {
    let mut state = json!({ "stateValue": to.name(), "stateReason": reason.text });
    let data = reason.data.as_deref();
    if let Some(data) = data.and_then(|text| serde_json::from_str::<Value>(text).ok()) {
        state["stateReasonData"] = data;
    }
    state
}

impl Describe {
    fn wants(&self, event: &AlarmEvent) -> bool {
        let typed = |types: &Vec<AlarmType>| types.contains(&AlarmType::MetricAlarm);
        self.alarm_types.as_ref().is_none_or(typed)
            && self
                .alarm_name
                .as_ref()
                .is_none_or(|name| *name == event.alarm)
            && self
                .history_item_type
                .is_none_or(|wanted| wanted == item_type(&event.kind))
            && self.start_date.is_none_or(|start| start.0 <= event.at)
            && self.end_date.is_none_or(|end| event.at <= end.0)
    }
}

/// Newest first, unless asked the other way round.
pub(super) fn describe(world: &World, request: &Describe) -> Result<Described, ApiError> {
    let mut events: Vec<_> = world.alarm_history().filter(|e| request.wants(e)).collect();
    if request.scan_by != Some(ScanBy::TimestampAscending) {
        events.reverse();
    }
    let token = request.next_token.as_deref();
    let page = shapes::page(events.into_iter(), token, request.max_records)?;
    Ok(Described {
        alarm_history_items: page.items.into_iter().map(Item::new).collect(),
        next_token: page.next,
    })
}
