//! Waiting for a sandbox to be healthy, first in the world's eyes and then in the load balancer's.

use super::progress::Progress;
use super::{Sandbox, StartError};
use std::path::Path;

impl Sandbox {
    /// Waits, and says how it goes; gives up when the profile says so.
    pub(super) async fn until_healthy(&self) -> Result<(), StartError> {
        let limit = self.options.profile.coming_up;
        let mut seen = None;
        let healthy = async {
            self.until_settled(&mut seen).await;
            self.until_balanced().await;
        };
        let in_time = tokio::select! {
            in_time = tokio::time::timeout(limit, healthy) => in_time,
            launches = self.until_hopeless() => return Err(self.never_started(launches)),
        };
        if in_time.is_ok() {
            return Ok(());
        }
        Err(StartError::NotHealthy {
            after: limit,
            seen: seen.map(|seen| seen.to_string()).unwrap_or_default(),
            last: last_words(&self.folder().instances()),
        })
    }

    /// Waits until the world is content with the group, and says how it goes.
    async fn until_settled(&self, seen: &mut Option<Progress>) {
        let (group, targets) = (&self.description.group, &self.description.target_group_arn);
        let settled = self.cloud.until(|world| {
            let progress = Progress::of(world, group, targets);
            if let (true, Some(progress)) = (*seen != progress, progress) {
                self.say(&format!("{group}: {progress}"));
            }
            *seen = progress;
            world.settled(group).then_some(())
        });
        settled.await;
    }

    /// Waits until the load balancer knows it too: what is healthy reaches its data plane a while later. It is not asked with
    /// requests, which would be counted as the first failures of every sandbox.
    async fn until_balanced(&self) {
        let group = &self.description.target_group_arn;
        self.counters.reached(group).await;
    }
}

/// The end of the agent's log that was written last.
fn last_words(instances: &Path) -> String {
    let folders = std::fs::read_dir(instances).into_iter().flatten().flatten();
    let logs = folders.map(|folder| folder.path().join("agent.log"));
    let newest = logs.max_by_key(|log| log.metadata().and_then(|log| log.modified()).ok());
    let Some(text) = newest
        .as_ref()
        .and_then(|log| std::fs::read_to_string(log).ok())
    else {
        return String::new();
    };
    let lines: Vec<&str> = text.lines().collect();
    let tail = lines[lines.len().saturating_sub(8)..].join("\n  ");
    if tail.is_empty() {
        tail
    } else {
        format!("; an agent's last lines:\n  {tail}")
    }
}
