//! Child processes: their end is heard, and nothing of them stays. A test binary of its own, because the spawner reaps every
//! child of its process.
#![expect(clippy::unwrap_used, reason = "a test ends where it is surprised")]

use rustix::process::{Pid, Signal};
use sandbox::process::{Child, Ended, Spawner, leftovers};
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

fn shell(script: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", script])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .process_group(0);
    command
}

async fn start(script: &str) -> Child {
    Spawner::get().unwrap().spawn(shell(script)).await.unwrap()
}

/// The process ids that a child prints, one per line, until it closes its output.
fn printed(child: &mut Child, count: usize) -> Vec<Pid> {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let pids = lines.map(|line| Pid::from_raw(line.unwrap().trim().parse().unwrap()).unwrap());
    pids.take(count).collect()
}

/// Waits until a process is gone; its descriptor becomes readable then.
fn until_gone(pid: Pid) {
    use rustix::event::{PollFd, PollFlags, poll};
    if let Ok(process) = rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()) {
        poll(&mut [PollFd::new(&process, PollFlags::IN)], None).unwrap();
    }
}

// One test: they would kill each other's children.
#[tokio::test(flavor = "multi_thread")]
async fn the_life_and_death_of_children() {
    assert_eq!(start("exit 7").await.ended().await, Ended::Code(7));
    assert_eq!(start("kill -9 $$").await.ended().await, Ended::Signal(9));

    let missing = Spawner::get()
        .unwrap()
        .spawn(Command::new("/no/such/program"))
        .await;
    assert_eq!(
        missing.unwrap_err().to_string(),
        "could not start /no/such/program"
    );

    polite_children_hear_sigterm().await;
    a_group_goes_with_its_leader().await;
    an_orphan_in_a_group_of_its_own_is_found().await;
    leftovers_are_swept_and_strangers_are_not().await;
}

async fn polite_children_hear_sigterm() {
    let mut child = start("trap 'exit 3' TERM; echo $$; while :; do sleep 0.05; done").await;
    printed(&mut child, 1);
    child.signal(Signal::TERM);
    assert_eq!(child.ended().await, Ended::Code(3));
    // Whoever has the process id now is not ours to signal.
    child.signal(Signal::KILL);
}

async fn a_group_goes_with_its_leader() {
    let mut leader = start("sleep 1000 & echo $!; exit 0").await;
    let follower = printed(&mut leader, 1)[0];
    assert_eq!(leader.ended().await, Ended::Code(0));
    until_gone(follower);
}

async fn an_orphan_in_a_group_of_its_own_is_found() {
    let mut parent = start("setsid sh -c 'echo $$; exec sleep 1000' & wait").await;
    let orphan = printed(&mut parent, 1)[0];
    parent.kill();
    parent.ended().await;
    assert!(
        rustix::process::test_kill_process(orphan).is_ok(),
        "the orphan lives on"
    );
    Spawner::get().unwrap().kill_all().await;
    assert!(
        rustix::process::test_kill_process(orphan).is_err(),
        "and then it does not"
    );
}

async fn leftovers_are_swept_and_strangers_are_not() {
    let instances = tempfile::tempdir().unwrap();
    let folder = instances.path().join("i-1");
    std::fs::create_dir(&folder).unwrap();
    std::fs::copy("/bin/sleep", folder.join("sleep")).unwrap();
    std::fs::write(folder.join("agent.log"), "").unwrap();

    let mut agent = start("echo up; exec sleep 1000").await;
    leftovers::note(&folder, agent.pid()).unwrap();
    let mut server = start(&format!("echo up; exec {}/sleep 1000", folder.display())).await;
    let mut helper = start(&format!(
        "echo up; {}={} exec sleep 1000",
        leftovers::MARK,
        folder.display()
    ))
    .await;
    let mut reader = start(&format!(
        "echo up; exec tail -f {}/agent.log",
        folder.display()
    ))
    .await;
    until_it_runs(&server, "sleep");
    until_it_runs(&helper, "sleep");
    until_it_runs(&reader, "tail");

    assert_eq!(leftovers::sweep(instances.path()).unwrap(), 3);
    assert_eq!(agent.ended().await, Ended::Signal(9));
    assert_eq!(server.ended().await, Ended::Signal(9));
    assert_eq!(
        helper.ended().await,
        Ended::Signal(9),
        "what a server has started"
    );
    reader.signal(Signal::TERM);
    assert_eq!(
        reader.ended().await,
        Ended::Signal(15),
        "whoever reads a log is let be"
    );
}

/// Waits until the shell has become the program.
fn until_it_runs(child: &Child, program: &str) {
    let executable = format!("/proc/{}/exe", child.pid());
    let is_shell = |path: std::path::PathBuf| {
        path.ends_with("dash") || path.ends_with("bash") || path.ends_with("sh")
    };
    while std::fs::read_link(&executable).is_ok_and(is_shell) {
        std::thread::yield_now();
    }
    assert!(std::fs::read_link(&executable).is_ok(), "{program} runs");
}
