//! Folders of rehearsals that nobody named: `1`, `2` and so on, a new one for each, so that two reports can be compared. The
//! oldest go, because each holds a store of releases and the disks of a group.

use super::error::on_disk;
use super::{Held, StateError, StateFolder};
use std::io;
use std::path::Path;

/// How many rehearsals that have ended stay beside the new one: enough to compare a few tries, each a hundred megabytes
/// or so when the programs are debug builds.
const KEPT: usize = 5;

impl StateFolder {
    /// Takes a new folder below `parent`, numbered after all that are there, and removes old ones in which no sandbox runs.
    pub fn take_next(parent: &Path) -> Result<Held, StateError> {
        on_disk(parent, std::fs::create_dir_all(parent))?;
        let earlier = on_disk(parent, numbers(parent))?;
        let mut number = earlier.last().map_or(1, |last| last + 1);
        let folder = loop {
            let path = parent.join(number.to_string());
            match std::fs::create_dir(&path) {
                // Another rehearsal has begun just now.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
                made => {
                    on_disk(&path, made)?;
                    break on_disk(&path, StateFolder::at(&path))?;
                }
            }
        };
        let mut held = folder.take()?;
        held.swept += tidy(parent, &earlier);
        Ok(held)
    }
}

/// Removes all but the newest of the rehearsals that have ended; answers how many processes killed ones had left behind. What
/// cannot be tidied (another user's, say) stays: that is no reason not to rehearse.
fn tidy(parent: &Path, numbers: &[u64]) -> usize {
    let (mut ended, mut swept) = (0, 0);
    for number in numbers.iter().rev() {
        let path = parent.join(number.to_string());
        // Locked until it is gone, so that nobody begins in it meanwhile. One that is not to be had runs, or is no sandbox's.
        let Ok(Ok(old)) = StateFolder::at(&path).map(StateFolder::seize) else {
            continue;
        };
        swept += old.swept;
        ended += 1;
        if ended > KEPT
            && let Err(error) = std::fs::remove_dir_all(&path)
        {
            tracing::warn!("could not remove {}: {error}", path.display());
        }
    }
    swept
}

/// The numbers that are taken below `parent`, in ascending order.
fn numbers(parent: &Path) -> io::Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for entry in std::fs::read_dir(parent)? {
        numbers.extend(entry?.file_name().to_str().and_then(number));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// The number that is written like this and in no other way.
fn number(name: &str) -> Option<u64> {
    let number: u64 = name.parse().ok()?;
    (number.to_string() == name && number < u64::MAX).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(parent: &Path) -> Held {
        StateFolder::take_next(parent).unwrap()
    }

    #[test]
    fn a_rehearsal_leaves_the_one_before_alone() {
        let parent = tempfile::tempdir().unwrap();
        let first = take(parent.path()).folder.root().join("report.json");
        std::fs::write(&first, "PASSED").unwrap();
        assert!(take(parent.path()).folder.root().ends_with("2"));
        assert!(first.exists());
    }

    #[test]
    fn the_oldest_go_unless_one_runs_there() {
        let parent = tempfile::tempdir().unwrap();
        std::fs::write(parent.path().join("notes"), "mine").unwrap();
        let running = take(parent.path());
        for _ in 0..7 {
            take(parent.path());
        }
        assert_eq!(numbers(parent.path()).unwrap(), [1, 3, 4, 5, 6, 7, 8]);
        drop(running);
        assert!(take(parent.path()).folder.root().ends_with("9"));
        assert_eq!(numbers(parent.path()).unwrap(), [4, 5, 6, 7, 8, 9]);
        assert!(parent.path().join("notes").exists());
    }

    #[test]
    fn a_folder_of_other_things_is_counted_and_kept() {
        let parent = tempfile::tempdir().unwrap();
        let theirs = parent.path().join("1/precious");
        std::fs::create_dir_all(&theirs).unwrap();
        for _ in 0..7 {
            take(parent.path());
        }
        assert!(theirs.exists());
    }
}
