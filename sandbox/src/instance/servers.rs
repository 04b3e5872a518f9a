//! Kills the servers that an agent starts. A server is whatever the agent has as a child, so this works with any release.

use crate::process::tree;
use rustix::process::Pid;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How often the agent is looked at for a server. The kernel tells nobody but a parent of the birth of a process.
const LOOK: Duration = Duration::from_millis(10);

/// Kills one server of the agent `delay` after it is seen first; with `again`, each one. Ends when that is done.
pub(super) async fn kill(agent: Pid, delay: Duration, again: bool) {
    let mut seen: BTreeMap<i32, Instant> = BTreeMap::new();
    loop {
        let now = Instant::now();
        for child in tree::children(agent) {
            let since = *seen.entry(child.as_raw_pid()).or_insert(now);
            if now.duration_since(since) >= delay {
                tree::kill_child(agent, child);
                if !again {
                    return;
                }
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}
