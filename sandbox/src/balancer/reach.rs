//! Which target groups the data plane has learned a healthy target of: whoever waits for that asks here, not with requests that
//! would fail until then and be counted.

use std::collections::BTreeSet;

use tokio::sync::watch;

use super::counters::Counters;

/// The target groups so far.
#[derive(Debug, Default)]
pub(super) struct Reach(watch::Sender<BTreeSet<String>>);

impl Counters {
    /// Waits until requests for this target group go to healthy targets, or have gone so before.
    pub async fn reached(&self, target_group: &str) {
        let mut reached = self.reach.0.subscribe();
        // The sender is here, so it does not end before the wait.
        let _ = reached
            .wait_for(|groups| groups.contains(target_group))
            .await;
    }

    pub(super) fn note_reached<'a>(&self, groups: impl Iterator<Item = &'a str>) {
        let new: Vec<&str> = groups.collect();
        self.reach.0.send_if_modified(|reached| {
            let before = reached.len();
            reached.extend(new.into_iter().map(str::to_owned));
            reached.len() > before
        });
    }
}
