//! What comes to the agent by itself: the target lifecycle state, and signals.

use crate::cloud::Metadata;
use crate::seen::Target;
use futures_util::StreamExt;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook_tokio::Signals;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch};

/// Reads the target lifecycle state for ever. A failed read is no information: the last state stays. So does `Terminated`,
/// from which no instance returns.
pub(super) fn target(
    metadata: Metadata,
    poll: Duration,
    changed: Arc<Notify>,
) -> watch::Receiver<Target> {
    let (seen, target) = watch::channel(Target::Unknown);
    tokio::spawn(async move {
        let mut readable = true;
        while !seen.is_closed() {
            match metadata.target().await {
                Ok(next) => {
                    readable = true;
                    take_in(&seen, next, &changed);
                }
                Err(error) if readable => {
                    readable = false;
                    tracing::warn!("{}", crate::trouble::chain(&error));
                }
                Err(_) => {}
            }
            tokio::time::sleep(poll).await;
        }
    });
    target
}

fn take_in(seen: &watch::Sender<Target>, next: Target, changed: &Notify) {
    let differs = |last: &mut Target| {
        let final_already = *last == Target::Terminated || next == Target::Unknown;
        let differs = !final_already && *last != next;
        if differs {
            *last = next;
        }
        differs
    };
    if seen.send_if_modified(differs) {
        tracing::info!("the target lifecycle state is {next:?}");
        changed.notify_one();
    }
}

/// Counts SIGTERM and SIGINT.
pub(super) fn signals(changed: Arc<Notify>) -> io::Result<watch::Receiver<u32>> {
    let mut signals = Signals::new([SIGTERM, SIGINT])?;
    let (count, counted) = watch::channel(0);
    tokio::spawn(async move {
        while signals.next().await.is_some() {
            count.send_modify(|count| *count += 1);
            changed.notify_one();
        }
    });
    Ok(counted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_stays_when_nothing_is_known_and_when_it_was_final() {
        let (seen, target) = watch::channel(Target::Unknown);
        let changed = Notify::new();
        let expected = [
            (Target::InService, Target::InService),
            (Target::Unknown, Target::InService),
            (Target::Elsewhere, Target::Elsewhere),
            (Target::Terminated, Target::Terminated),
            (Target::Unknown, Target::Terminated),
            (Target::InService, Target::Terminated),
        ];
        for (read, known) in expected {
            take_in(&seen, read, &changed);
            assert_eq!(*target.borrow(), known);
        }
    }
}
