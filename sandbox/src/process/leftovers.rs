//! Finds and ends what a killed sandbox may have left behind, without ever touching a process that is not its own.
//!
//! Every started instance leaves a note with its process id *and* the moment at which that process started, counted in
//! ticks since this boot: a process id alone may be somebody else's by now. Servers are recognised by their executable,
//! which lies below the instances' folder, and what they have started themselves by the instance's [`MARK`] in its
//! environment: only children of the sandbox's own die with it, theirs do not.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal};
use serde::{Deserialize, Serialize};
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// How long a killed process may take to be gone. Only one stuck in the kernel (a dead network disk) takes long at all.
const GONE: Timespec = Timespec {
    tv_sec: 10,
    tv_nsec: 0,
};

/// The variable that tells every process of an instance apart from those of this machine. Its value is the instance's folder.
pub const MARK: &str = "SANDBOX_INSTANCE";

/// The file in an instance's folder that names its process.
const NOTE: &str = "process.json";

/// Which process an instance's agent is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Note {
    pid: i32,
    /// Ticks from boot to the start of the process, field 22 of `/proc/<pid>/stat`.
    started: u64,
    /// Which boot that was.
    boot: String,
}

/// Leaves a note of `pid` in the instance's `folder`.
pub fn note(folder: &Path, pid: Pid) -> io::Result<()> {
    let note = identify(pid).ok_or(io::ErrorKind::NotFound)?;
    std::fs::write(folder.join(NOTE), serde_json::to_vec(&note)?)
}

/// Ends the processes that an earlier sandbox left in `instances` (the folder of instance folders) and waits until they are
/// gone. Answers how many there were.
pub fn sweep(instances: &Path) -> io::Result<usize> {
    let Ok(instances) = instances.canonicalize() else {
        return Ok(0);
    };
    let noted = folders(&instances)?
        .into_iter()
        .filter_map(|folder| noted(&folder));
    let below = processes().filter(|pid| lives_below(*pid, &instances));
    let mut found = 0;
    for pid in noted.chain(below) {
        if end(pid, &instances)? {
            found += 1;
        }
    }
    Ok(found)
}

/// Kills one process, if it still is what it was found to be, and waits until it has ended.
fn end(pid: Pid, instances: &Path) -> io::Result<bool> {
    // The descriptor pins the process: what is checked after it is opened is what the signal reaches.
    let Ok(handle) = rustix::process::pidfd_open(pid, PidfdFlags::empty()) else {
        return Ok(false);
    };
    let still_ours = lives_below(pid, instances)
        || folders(instances)?
            .iter()
            .any(|folder| noted(folder) == Some(pid));
    if !still_ours {
        return Ok(false);
    }
    rustix::process::pidfd_send_signal(&handle, Signal::KILL)?;
    // A process's descriptor becomes readable when the process ends.
    poll(&mut [PollFd::new(&handle, PollFlags::IN)], Some(&GONE))?;
    Ok(true)
}

/// The process that a folder's note names, if it is the very same one and alive.
fn noted(folder: &Path) -> Option<Pid> {
    let note: Note = serde_json::from_slice(&std::fs::read(folder.join(NOTE)).ok()?).ok()?;
    let pid = Pid::from_raw(note.pid)?;
    (identify(pid)? == note).then_some(pid)
}

fn folders(instances: &Path) -> io::Result<Vec<PathBuf>> {
    std::fs::read_dir(instances)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect()
}

fn identify(pid: Pid) -> Option<Note> {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let started = stat(pid)?.get(19)?.parse().ok()?;
    Some(Note {
        pid: pid.as_raw_pid(),
        started,
        boot: boot.trim().to_owned(),
    })
}

/// Every process of this machine.
pub(super) fn processes() -> impl Iterator<Item = Pid> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?))
}

/// The parent of a process.
pub(super) fn parent(pid: Pid) -> Option<Pid> {
    Pid::from_raw(stat(pid)?.get(1)?.parse().ok()?)
}

fn lives_below(pid: Pid, instances: &Path) -> bool {
    let within = |path: Option<PathBuf>| path.is_some_and(|path| path.starts_with(instances));
    within(executable(pid)) || within(marked(pid))
}

/// The folder of the instance that a process belongs to, by its environment.
fn marked(pid: Pid) -> Option<PathBuf> {
    let environment = std::fs::read(format!("/proc/{pid}/environ")).ok()?;
    let mut variables = environment.split(|byte| *byte == 0);
    let folder = variables.find_map(|variable| {
        variable
            .strip_prefix(MARK.as_bytes())?
            .strip_prefix(b"=")
            .map(OsStr::from_bytes)
    })?;
    Path::new(folder).canonicalize().ok()
}

fn executable(pid: Pid) -> Option<PathBuf> {
    std::fs::read_link(format!("/proc/{pid}/exe")).ok()
}

/// The fields of `/proc/<pid>/stat` from the third (the state) on: the second, the name, may hold anything.
fn stat(pid: Pid) -> Option<Vec<String>> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    Some(fields.split_whitespace().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_recognised_and_its_successor_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let own = rustix::process::getpid();
        note(folder.path(), own).unwrap();
        assert_eq!(noted(folder.path()), Some(own));

        let mut other = identify(own).unwrap();
        other.started += 1;
        std::fs::write(
            folder.path().join(NOTE),
            serde_json::to_vec(&other).unwrap(),
        )
        .unwrap();
        assert_eq!(noted(folder.path()), None);
    }

    #[test]
    fn nothing_is_swept_where_nothing_is_ours() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(sweep(&folder.path().join("absent")).unwrap(), 0);
        std::fs::create_dir(folder.path().join("i-1")).unwrap();
        std::fs::write(folder.path().join("i-1").join(NOTE), "{}").unwrap();
        assert_eq!(sweep(folder.path()).unwrap(), 0);
    }
}
