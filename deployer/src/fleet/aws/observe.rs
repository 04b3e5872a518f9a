//! One look: the reads of a moment put together. A read that fails leaves its part unknown and spoils no other.

use super::AwsFleet;
use crate::journal::Record;
use crate::rollout::observation::{FleetView, Group, Refresh, Seen, Target, Templates};
use std::collections::BTreeMap;

impl AwsFleet {
    /// Looks at the fleet. The group comes first, because the other reads depend on it; the status documents come last, so
    /// that an agent's account of a failure is there when its activity is.
    pub(super) async fn look(&self, record: Option<&Record>) -> FleetView {
        let group = self.look_at_group().await;
        let (refreshes, activities, targets, templates) = tokio::join!(
            self.read_refreshes(),
            async {
                match record {
                    Some(record) => Seen::from(self.read_activities(record.created).await),
                    None => Seen::Known(Vec::new()),
                }
            },
            self.look_at_targets(&group),
            self.look_at_templates(&group, record),
        );
        let mut view = FleetView {
            group,
            templates,
            refreshes: Seen::from(refreshes),
            targets,
            activities,
            documents: Seen::Known(BTreeMap::new()),
            parameter: unread(),
        };
        if record.is_some() {
            view.documents = Seen::from(self.read_documents(&view).await);
        }
        if record.is_some() && has_ended(&view) {
            view.parameter = Seen::from(self.read_parameter().await);
        }
        view
    }

    async fn look_at_group(&self) -> Seen<Group> {
        match self.read_group().await {
            Ok(Some(group)) => Seen::Known(group),
            Ok(None) => Seen::Unknown {
                why: format!("the group {} does not exist", self.place.group),
            },
            Err(error) => Seen::from(Err(error)),
        }
    }

    async fn look_at_targets(&self, group: &Seen<Group>) -> Seen<BTreeMap<String, Target>> {
        match group {
            Seen::Known(group) => Seen::from(self.read_targets(&group.target_groups).await),
            Seen::Unknown { why } => Seen::Unknown { why: why.clone() },
        }
    }

    /// Before the record, the base is what the group has saved now; afterwards it is what the record says.
    async fn look_at_templates(
        &self,
        group: &Seen<Group>,
        record: Option<&Record>,
    ) -> Seen<Templates> {
        if let Some(record) = record {
            let previous = &record.previous;
            let (id, number) = (&previous.template_id, previous.template_version);
            return Seen::from(self.read_templates(id, number, Some(record)).await);
        }
        let saved = match group {
            Seen::Known(group) => group.template.as_ref(),
            Seen::Unknown { why } => return Seen::Unknown { why: why.clone() },
        };
        match saved.and_then(|saved| Some((&saved.id, saved.number()?))) {
            Some((id, number)) => Seen::from(self.read_templates(id, number, None).await),
            None => Seen::Unknown {
                why: "the group has no numeric launch template version".to_owned(),
            },
        }
    }
}

fn unread() -> Seen<Option<String>> {
    Seen::Unknown {
        why: "not read yet".to_owned(),
    }
}

fn has_ended(view: &FleetView) -> bool {
    let newest: Option<&Refresh> = view.refreshes.known().and_then(|all| all.first());
    newest.is_some_and(|refresh| !refresh.status.is_active())
}
