//! The status documents that matter at one moment: those of instances that may have failed. The documents of members that
//! serve say nothing that AWS does not, so a large fleet costs no more reads than a small one.

use super::AwsFleet;
use crate::rollout::observation::{
    Activity, ActivityKind, ActivityState, FleetView, Group, Stage, Target, TargetHealth,
};
use contract::layout;
use contract::status::{Phase, SCHEMA, StatusDocument};
use contract::store::StoreError;
use futures_util::{StreamExt, TryStreamExt, stream};
use std::collections::{BTreeMap, BTreeSet};

/// The largest status document read, in bytes: forty log lines of 400 characters, escaped, stay below.
const MAX_BYTES: usize = 128 * 1024;

/// How many documents are read at a time.
const AT_A_TIME: usize = 16;

impl AwsFleet {
    /// The documents of the suspects in `view`. A document that cannot be understood is left out: it is evidence for
    /// people, and AWS's view stands without it.
    pub(super) async fn read_documents(
        &self,
        view: &FleetView,
    ) -> Result<BTreeMap<String, StatusDocument>, StoreError> {
        let mut found = self.failed.lock().await;
        let unread: Vec<String> = suspects(view)
            .into_iter()
            .filter(|instance| !found.contains_key(instance))
            .collect();
        let read: Vec<Option<StatusDocument>> = stream::iter(unread)
            .map(|instance| self.read_document(instance))
            .buffer_unordered(AT_A_TIME)
            .try_collect()
            .await?;
        let mut all = found.clone();
        for document in read.into_iter().flatten() {
            if document.phase == Phase::Failed {
                found.insert(document.instance.clone(), document.clone());
            }
            all.insert(document.instance.clone(), document);
        }
        Ok(all)
    }

    async fn read_document(&self, instance: String) -> Result<Option<StatusDocument>, StoreError> {
        let place = &self.place;
        let path = layout::status(&place.service, &place.environment, &instance);
        let Some(bytes) = self.store.read(&path, MAX_BYTES).await? else {
            return Ok(None);
        };
        let document = serde_json::from_slice::<StatusDocument>(&bytes).ok();
        // An instance may write only its own document; one that names another is not believed.
        Ok(document.filter(|document| document.schema == SCHEMA && document.instance == instance))
    }
}

fn suspects(view: &FleetView) -> BTreeSet<String> {
    let activities = view.activities.known().into_iter().flatten();
    let group = view.group.known().into_iter();
    let targets = view.targets.known();
    activities
        .filter(|activity| is_telling(activity))
        .filter_map(|activity| activity.instance.clone())
        .chain(group.flat_map(|group| unwell(group, targets)))
        .collect()
}

fn is_telling(activity: &Activity) -> bool {
    match activity.kind {
        ActivityKind::Launch => activity.state != ActivityState::Succeeded,
        ActivityKind::Terminate => activity.cause.contains("health check"),
        ActivityKind::Other => false,
    }
}

fn unwell(group: &Group, targets: Option<&BTreeMap<String, Target>>) -> Vec<String> {
    let is_unhealthy = |instance: &str| {
        let target = targets.and_then(|targets| targets.get(instance));
        target.is_some_and(|target| target.health == TargetHealth::Unhealthy)
    };
    group
        .members
        .iter()
        .filter(|member| match member.lifecycle.stage {
            Stage::Coming => true,
            Stage::InService => !member.healthy || is_unhealthy(&member.instance),
            Stage::Leaving | Stage::Aside => false,
        })
        .map(|member| member.instance.clone())
        .collect()
}
