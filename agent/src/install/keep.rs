//! Which releases stay on the disk.

use super::disk::Disk;
use super::links;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// How many releases stay: what runs, what ran before, and one more for a look back.
const KEEP: usize = 3;

/// Removes the oldest releases beyond [`KEEP`]; never `running`, nor what `current` and `previous` name.
pub(super) fn tidy(disk: &Disk, running: &Path) -> io::Result<()> {
    let mut kept = links::linked(disk);
    kept.push(running.to_owned());
    kept.sort();
    kept.dedup();
    let mut others: Vec<(SystemTime, PathBuf)> = installed(disk)?
        .into_iter()
        .filter(|(_, folder)| !kept.contains(folder))
        .collect();
    others.sort();
    let room = KEEP.saturating_sub(kept.len());
    let surplus = others.len().saturating_sub(room);
    others
        .drain(..surplus)
        .try_for_each(|(_, folder)| disk.discard(&folder))
}

fn installed(disk: &Disk) -> io::Result<Vec<(SystemTime, PathBuf)>> {
    fs::read_dir(disk.releases())?
        .map(|entry| {
            let entry = entry?;
            Ok((entry.metadata()?.modified()?, entry.path()))
        })
        .collect()
}
