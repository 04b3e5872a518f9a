//! A slow disk, as far as it can be had without privileges: whoever in the machine writes more than the disk takes stands still
//! until the disk has caught up.
//!
//! The kernel counts what a process writes to files (`write_bytes` in `/proc/<pid>/io`). What differs from a slow disk: the
//! program stands still as a whole instead of only the thread that writes, and reading is as fast as ever.

use crate::process::tree;
use rustix::process::{Pid, Signal};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How often the counts are read: short, so that a program cannot write much more than its share in between.
const LOOK: Duration = Duration::from_millis(10);

/// Holds the processes of the agent's machine to `rate` bytes per second until dropped.
pub(super) async fn slow_down(agent: Pid, rate: u64) {
    let mut disk = Disk::new(rate, Instant::now());
    let mut written = BTreeMap::new();
    let mut stopped = Stopped(Vec::new());
    loop {
        tokio::time::sleep(LOOK).await;
        let family = tree::family(agent);
        let new = newly_written(&mut written, &family);
        if disk.is_behind(Instant::now(), new) {
            stopped.stop(&family);
        } else {
            stopped.resume();
        }
    }
}

/// What the disk has still to write. Pure.
#[derive(Debug)]
struct Disk {
    rate: u64,
    backlog: f64,
    at: Instant,
}

impl Disk {
    fn new(rate: u64, at: Instant) -> Self {
        Self {
            rate,
            backlog: 0.0,
            at,
        }
    }

    /// Takes note of what was written since the last time; whether the disk has more to write than it can in one look.
    #[expect(
        clippy::cast_precision_loss,
        reason = "bytes per second are far below 2^52"
    )]
    fn is_behind(&mut self, now: Instant, new: u64) -> bool {
        let rate = self.rate as f64;
        let done = now.duration_since(self.at).as_secs_f64() * rate;
        self.at = now;
        self.backlog = (self.backlog - done).max(0.0) + new as f64;
        self.backlog > LOOK.as_secs_f64() * rate
    }
}

/// How much the processes have written since the last time.
fn newly_written(written: &mut BTreeMap<i32, u64>, family: &[Pid]) -> u64 {
    let mut new = 0;
    for pid in family {
        let Some(total) = write_bytes(*pid) else {
            continue;
        };
        let before = written.insert(pid.as_raw_pid(), total).unwrap_or(0);
        new += total.saturating_sub(before);
    }
    new
}

fn write_bytes(pid: Pid) -> Option<u64> {
    let counts = std::fs::read_to_string(format!("/proc/{pid}/io")).ok()?;
    let mut lines = counts.lines();
    let line = lines.find_map(|line| line.strip_prefix("write_bytes:"))?;
    line.trim().parse().ok()
}

/// Processes that stand still. None is left so.
#[derive(Debug)]
struct Stopped(Vec<Pid>);

impl Stopped {
    fn stop(&mut self, family: &[Pid]) {
        for pid in family {
            if !self.0.contains(pid) && rustix::process::kill_process(*pid, Signal::STOP).is_ok() {
                self.0.push(*pid);
            }
        }
    }

    fn resume(&mut self) {
        for pid in self.0.drain(..) {
            let _ = rustix::process::kill_process(pid, Signal::CONT);
        }
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        self.resume();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_catches_up_at_its_rate() {
        let began = Instant::now();
        let mut disk = Disk::new(1000, began);
        let at = |milliseconds| began + Duration::from_millis(milliseconds);
        assert!(!disk.is_behind(at(10), 5));
        assert!(disk.is_behind(at(20), 1000));
        assert!(disk.is_behind(at(900), 0));
        assert!(!disk.is_behind(at(1030), 0));
    }
}
