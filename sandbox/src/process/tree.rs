//! Which processes a process has started.

use super::leftovers::{parent, processes};
use rustix::process::{Pid, Signal};

/// The children of a process.
pub fn children(of: Pid) -> Vec<Pid> {
    processes().filter(|pid| parent(*pid) == Some(of)).collect()
}

/// A process and everything below it.
pub fn family(of: Pid) -> Vec<Pid> {
    let all: Vec<_> = processes()
        .filter_map(|pid| Some((pid, parent(pid)?)))
        .collect();
    let mut family = vec![of];
    let mut next = 0;
    while let Some(elder) = family.get(next).copied() {
        let born = all.iter().filter(|(_, parent)| *parent == elder);
        family.extend(born.map(|(pid, _)| *pid));
        next += 1;
    }
    family
}

/// Kills a child and its process group, if it still is a child of `parent`, which has not reaped it then.
pub fn kill_child(of: Pid, child: Pid) {
    if parent(child) == Some(of) {
        let _ = rustix::process::kill_process_group(child, Signal::KILL);
        let _ = rustix::process::kill_process(child, Signal::KILL);
    }
}
