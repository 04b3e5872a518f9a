//! The status documents that matter at one moment: those of instances that may have failed, and of the new members that
//! serve some at a time, in turns: a server that died and was started again looks well to AWS. A large fleet costs no more
//! reads than a small one.

use super::AwsFleet;
use crate::rollout::observation::{
    Activity, ActivityKind, ActivityState, FleetView, Group, Stage, Target, TargetHealth,
};
use contract::layout;
use contract::status::{Failure, Phase, SCHEMA, StatusDocument};
use contract::store::StoreError;
use futures_util::{StreamExt, TryStreamExt, stream};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;

/// The largest status document read, in bytes: forty log lines of 400 characters, escaped, stay below.
const MAX_BYTES: usize = 128 * 1024;

/// How many of the new members that serve are asked at one look. A fleet of 500 is through after ten looks.
const IN_TURN: usize = 50;

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
        let mut asked = suspects(view);
        asked.extend(self.next_in_turn(view));
        let unread: Vec<String> = asked
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
            if document.phase == Phase::Failed || document.failure.is_some() {
                found.insert(document.instance.clone(), document.clone());
            }
            all.insert(document.instance.clone(), document);
        }
        Ok(all)
    }

    /// The next few of the new members that serve.
    fn next_in_turn(&self, view: &FleetView) -> Vec<String> {
        let serving = serving(view);
        let turn = self.turn.fetch_add(IN_TURN, Ordering::Relaxed);
        in_turn(&serving, turn)
    }

    async fn read_document(&self, instance: String) -> Result<Option<StatusDocument>, StoreError> {
        let place = &self.place;
        let path = layout::status(&place.service, &place.environment, &instance);
        match self.store.read(&path, MAX_BYTES).await {
            Ok(bytes) => Ok(bytes.and_then(|bytes| understood(&bytes, &instance))),
            // No agent writes one so large: it says nothing, and must not hide what the others say.
            Err(StoreError::TooLarge { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The document of `instance`, as far as it can be believed: an instance may write only its own, and what it says of its
/// failure is cut to what an agent would write before it goes into the journal and onto a terminal.
fn understood(bytes: &[u8], instance: &str) -> Option<StatusDocument> {
    let mut document = serde_json::from_slice::<StatusDocument>(bytes).ok()?;
    if document.schema != SCHEMA || document.instance != instance {
        return None;
    }
    let said = document.failure.take();
    document.failure = said.map(|said| Failure::new(said.during, said.cause, said.log));
    Some(document)
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

/// Members in service on the version that is being rolled out.
fn serving(view: &FleetView) -> Vec<String> {
    let templates = view.templates.known();
    let Some(ours) = templates.and_then(|templates| templates.ours.as_ref()) else {
        return Vec::new();
    };
    let members = view.group.known().into_iter().flat_map(|g| &g.members);
    members
        .filter(|member| member.lifecycle.stage == Stage::InService)
        .filter(|member| member.template_version == Some(ours.number))
        .map(|member| member.instance.clone())
        .collect()
}

/// As many as are asked at one look, beginning where the last look has ended.
fn in_turn(members: &[String], turn: usize) -> Vec<String> {
    let from = turn.checked_rem(members.len()).unwrap_or_default();
    let round = members.iter().cycle().skip(from);
    round.take(IN_TURN.min(members.len())).cloned().collect()
}

fn is_telling(activity: &Activity) -> bool {
    match activity.kind {
        ActivityKind::Launch => activity.state != ActivityState::Succeeded,
        ActivityKind::Terminate => activity.is_for_health(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use contract::status::{MAX_LINE, MAX_LOG_LINES};

    fn document(instance: &str, log: &[String]) -> Vec<u8> {
        let said = serde_json::json!({
            "schema": SCHEMA,
            "instance": instance,
            "service": "example",
            "environment": "prod",
            "version": "1.1.0",
            "manifest": null,
            "phase": "failed",
            "updated": "2026-03-09T12:00:00Z",
            "failure": {
                "during": "starting",
                "cause": format!("\u{1b}]0;owned\u{7}{}", "x".repeat(10_000)),
                "log": log,
            },
            "agent": "9.9.9",
            "later": {"than": "us"},
        });
        serde_json::to_vec(&said).unwrap()
    }

    #[test]
    fn a_hostile_document_is_cut_to_what_an_agent_would_write() {
        let log: Vec<String> = (0..9999).map(|n| format!("\u{1b}[2J{n}")).collect();
        let read = understood(&document("i-1", &log), "i-1").unwrap();
        let said = read.failure.unwrap();
        assert_eq!(said.log.len(), MAX_LOG_LINES);
        assert_eq!(said.log.last().unwrap(), "[2J9998");
        assert_eq!(said.cause.chars().count(), MAX_LINE);
        assert!(!said.cause.contains(char::is_control));
    }

    #[test]
    fn everybody_who_serves_is_asked_in_turn() {
        assert!(in_turn(&[], 7).is_empty());
        let few: Vec<String> = (0..3).map(|n| format!("i-{n}")).collect();
        assert_eq!(in_turn(&few, IN_TURN).len(), 3);
        let many: Vec<String> = (0..120).map(|n| format!("i-{n}")).collect();
        let looks = (0..3).flat_map(|look| in_turn(&many, look * IN_TURN));
        let asked: BTreeSet<String> = looks.collect();
        assert_eq!(asked.len(), many.len());
    }

    #[test]
    fn a_document_that_names_another_instance_is_not_believed() {
        assert!(understood(&document("i-2", &[]), "i-1").is_none());
        assert!(understood(b"{\"schema\":1", "i-1").is_none());
    }
}
