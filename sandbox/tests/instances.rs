//! Machines with a shell script for an agent: what it is told, and how it ends. A test binary of its own, because the spawner
//! reaps every child of its process.
#![expect(clippy::unwrap_used, reason = "a test ends where it is surprised")]

use sandbox::cloud::Clock;
use sandbox::imds::Metadata;
use sandbox::instance::address::Network;
use sandbox::instance::{Blow, Control, Machines, Site, Troubles};
use sandbox::process::{Spawner, leftovers};
use sandbox::world::{InstanceId, Launch};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

#[derive(Debug, PartialEq, Eq)]
enum Event {
    Running(Ipv4Addr),
    Ended,
}

struct Recorder(mpsc::UnboundedSender<Event>, Troubles);

impl Control for Recorder {
    fn running(&self, _: &InstanceId, address: Ipv4Addr) {
        self.0.send(Event::Running(address)).unwrap();
    }

    fn ended(&self, _: &InstanceId) {
        self.0.send(Event::Ended).unwrap();
    }

    fn troubles(&self, _: &InstanceId) -> Troubles {
        self.1.clone()
    }

    fn metadata(&self, _: &InstanceId) -> Option<Metadata> {
        None
    }
}

struct Lab {
    folder: tempfile::TempDir,
    machines: Machines,
    events: mpsc::UnboundedReceiver<Event>,
}

/// Machines whose `baton-agent` is this script.
fn lab(agent: &str, shutdown: Duration) -> Lab {
    troubled(agent, shutdown, Troubles::default())
}

/// The same, with something wrong from the start.
fn troubled(agent: &str, shutdown: Duration, troubles: Troubles) -> Lab {
    // Not where the files may be in the memory: a disk is to be written to.
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let program = folder.path().join("baton-agent");
    std::fs::write(&program, format!("#!/bin/sh\n{agent}\n")).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let site = Site {
        instances: folder.path().join("instances"),
        programs: folder.path().to_owned(),
        endpoint: "http://127.0.0.1:1".to_owned(),
        region: "us-east-1".to_owned(),
        shutdown,
        clock: Clock::start(),
        network: Network::claim().unwrap(),
        spawner: Spawner::get().unwrap(),
    };
    let (sender, events) = mpsc::unbounded_channel();
    Lab {
        folder,
        machines: Machines::new(site, Arc::new(Recorder(sender, troubles))),
        events,
    }
}

const UNIT: &str =
    "[Service]\nExecStart=/usr/local/bin/baton-agent run --config /etc/baton/agent.toml\n";

fn user_data() -> String {
    let unit = UNIT.replace('\n', "\n      ");
    format!(
        "#cloud-config\nwrite_files:\n  - path: /etc/systemd/system/a.service\n    content: |\n      {unit}\nruncmd:\n  - [systemctl, enable, --now, a.service]\n"
    )
}

impl Lab {
    fn launch(&self, user_data: &str) {
        self.launch_with(Some(user_data));
    }

    fn launch_with(&self, user_data: Option<&str>) {
        self.machines.launch(Launch {
            instance: id(),
            user_data: user_data.map(|text| text.as_bytes().to_vec()),
            tags: BTreeMap::new(),
            zone: "us-east-1a".to_owned(),
            image_id: "ami-1".to_owned(),
            instance_type: "t3.small".to_owned(),
        });
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("instances").join(id().as_str())
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.root().join(name)).unwrap_or_default()
    }

    async fn running(&mut self) -> Ipv4Addr {
        match self.events.recv().await.unwrap() {
            Event::Running(address) => address,
            Event::Ended => panic!("ended before it ran: {}", self.read("console.log")),
        }
    }

    /// Waits until the agent has written something to its log.
    async fn until_it_talks(&self) {
        self.until("talks", |lab| !lab.read("agent.log").is_empty())
            .await;
    }

    async fn until(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let waiting = async {
            while !is_so(self) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let in_time = tokio::time::timeout(Duration::from_secs(30), waiting).await;
        in_time.unwrap_or_else(|_| panic!("it never {what}: {}", self.read("agent.log")));
    }

    /// Whether the process whose id the agent has told first stands still.
    fn stands_still(&self) -> bool {
        let log = self.read("agent.log");
        let pid = log.lines().next().unwrap_or_default();
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.contains(") T ")
    }

    async fn ended(&mut self) {
        assert_eq!(self.events.recv().await, Some(Event::Ended));
    }
}

fn id() -> InstanceId {
    InstanceId::new("i-0123456789abcdef0")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_is_told_where_it_is_and_nothing_of_this_user() {
    let mut lab = lab(
        "echo \"args: $@\"; pwd; /usr/bin/env",
        Duration::from_mins(1),
    );
    lab.launch(&user_data());
    let address = lab.running().await;
    assert_eq!(
        lab.events.recv().await,
        Some(Event::Ended),
        "an agent that ends is a machine that ends"
    );

    let (root, log) = (lab.root(), lab.read("agent.log"));
    let root = root.display();
    let args = format!(
        "args: run --config {root}/etc/baton/agent.toml --root {root}/var/lib/baton --listen-address {address} --die-with-parent\n{root}\n"
    );
    assert!(log.starts_with(&args), "{log}");
    let names: Vec<_> = log
        .lines()
        .skip(2)
        .filter_map(|line| line.split_once('='))
        .collect();
    let metadata = format!("http://{address}:");
    for (name, value) in names {
        match name {
            "AWS_EC2_METADATA_SERVICE_ENDPOINT" => assert!(value.starts_with(&metadata), "{value}"),
            "AWS_ENDPOINT_URL" => assert_eq!(value, "http://127.0.0.1:1"),
            "AWS_REGION" => assert_eq!(value, "us-east-1"),
            leftovers::MARK => assert_eq!(value, root.to_string()),
            // The shell's own.
            "PWD" | "OLDPWD" | "SHLVL" | "_" | "PATH" => {}
            other => panic!("{other} leaked into the instance"),
        }
    }
    let mark = format!("\n{}={root}\n", leftovers::MARK);
    assert!(log.contains(&mark), "what it forks is found by it: {log}");
    assert_eq!(lab.read("console.log"), "the agent exited with status 0\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_is_a_sigterm_that_the_agent_may_answer() {
    let agent = "trap 'echo leaving; exit 0' TERM; echo up; while :; do sleep 0.05; done";
    let mut lab = lab(agent, Duration::from_mins(1));
    lab.launch(&user_data());
    lab.running().await;
    lab.until_it_talks().await;
    lab.machines.shut_down(&id());
    assert_eq!(lab.events.recv().await, Some(Event::Ended));
    assert_eq!(lab.read("agent.log"), "up\nleaving\n");
    // Once more is once too often, and does nothing.
    lab.machines.shut_down(&id());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_does_not_listen_loses_its_power() {
    let agent = "trap '' TERM; echo up; while :; do sleep 0.05; done";
    let mut lab = lab(agent, Duration::from_millis(50));
    lab.launch(&user_data());
    lab.running().await;
    lab.until_it_talks().await;
    lab.machines.shut_down(&id());
    assert_eq!(lab.events.recv().await, Some(Event::Ended));
    assert_eq!(lab.read("console.log"), "the agent was ended by signal 9\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_with_nothing_to_start_stays_on_and_says_why() {
    let other = user_data().replace("baton-agent", "nginx");
    for (user_data, why) in [
        (None, "has no user data"),
        (Some("#!/bin/sh\ntrue\n"), "#cloud-config"),
        (Some("#cloud-config\npackages: [nginx]\n"), "packages"),
        (Some("#cloud-config\nwrite_files: []\n"), "enables a unit"),
        (Some(other.as_str()), "nginx"),
    ] {
        let mut lab = lab("exit 0", Duration::from_mins(1));
        lab.launch_with(user_data);
        lab.running().await;
        lab.until("says why", |lab| lab.read("console.log").contains(why))
            .await;
        lab.machines.strike(&id(), Blow::KillAgent);
        assert!(lab.events.try_recv().is_err(), "it is on: {why}");
        lab.machines.shut_down(&id());
        lab.ended().await;
        assert_eq!(lab.read("agent.log"), "");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_whose_agent_cannot_be_started_ends_and_says_why() {
    let mut lab = lab("exit 0", Duration::from_mins(1));
    lab.launch(&user_data().replace("/etc/baton/agent.toml", "/../agent.toml"));
    lab.running().await;
    lab.ended().await;
    let console = lab.read("console.log");
    assert!(console.contains("could not come up"), "{console}");
}

const IDLE: &str = "echo $$; while :; do sleep 0.05; done";

#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_asks_nobody() {
    let agent = format!("trap '' TERM; {IDLE}");
    let mut lab = lab(&agent, Duration::from_mins(1));
    lab.launch(&user_data());
    lab.running().await;
    lab.until_it_talks().await;
    lab.machines.strike(&id(), Blow::PowerCut);
    lab.ended().await;
    assert_eq!(lab.read("console.log"), "the agent was ended by signal 9\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_agent_is_started_again_if_its_unit_says_so() {
    let mut lab = lab(IDLE, Duration::from_mins(1));
    let restart = "[Service]\n      Restart=always\n      RestartSec=0s";
    lab.launch(&user_data().replace("[Service]", restart));
    lab.running().await;
    lab.until_it_talks().await;
    lab.machines.strike(&id(), Blow::KillAgent);
    lab.until("comes back", |lab| {
        lab.read("agent.log").lines().count() == 2
    })
    .await;
    lab.machines.shut_down(&id());
    lab.ended().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_agent_without_a_restart_is_the_end_of_the_machine() {
    let mut lab = lab(IDLE, Duration::from_mins(1));
    lab.launch(&user_data());
    lab.running().await;
    lab.until_it_talks().await;
    lab.machines.strike(&id(), Blow::KillAgent);
    lab.ended().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_hangs_for_a_while() {
    let mut lab = lab(IDLE, Duration::from_mins(1));
    lab.launch(&user_data());
    lab.running().await;
    lab.until_it_talks().await;
    let a_while = Some(Duration::from_millis(100));
    lab.machines.strike(&id(), Blow::HangAgent(a_while));
    lab.until("stands still", Lab::stands_still).await;
    lab.until("goes on", |lab| !lab.stands_still()).await;
    lab.machines.strike(&id(), Blow::HangAgent(None));
    lab.until("stands still again", Lab::stands_still).await;
    lab.machines.strike(&id(), Blow::PowerCut);
    lab.ended().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_goes_on_when_nothing_makes_it_hang_any_more() {
    let mut lab = lab(IDLE, Duration::from_mins(1));
    lab.launch(&user_data());
    lab.running().await;
    lab.until_it_talks().await;
    let hang = || lab.machines.strike_and_tell(&id(), Blow::HangAgent(None));
    hang().await.unwrap();
    hang().await.unwrap();
    lab.until("stands still", Lab::stands_still).await;
    let resume = || lab.machines.strike_and_tell(&id(), Blow::ResumeAgent);
    resume().await.unwrap();
    assert!(lab.stands_still(), "there is another reason");
    resume().await.unwrap();
    lab.until("goes on", |lab| !lab.stands_still()).await;
    // Called off before it strikes, so that nobody has to end it.
    drop(hang());
    resume().await.unwrap();
    lab.until("goes on still", |lab| !lab.stands_still()).await;
    lab.machines.strike(&id(), Blow::PowerCut);
    lab.ended().await;
    let never = lab.machines.strike_and_tell(&id(), Blow::PowerCut).await;
    assert!(never.is_err(), "nothing strikes what is off");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_lives_on_when_its_death_is_called_off() {
    let mut lab = lab("echo up; sleep 1; echo gone", Duration::from_mins(1));
    lab.launch(&user_data());
    lab.running().await;
    lab.until_it_talks().await;
    let death = Blow::KillServer(Duration::from_millis(300));
    let told = lab.machines.strike_and_tell(&id(), death);
    drop(told);
    lab.ended().await;
    let ended = lab.read("console.log");
    assert_eq!(ended, "the agent exited with status 0\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_dies_and_its_agent_hears_of_it() {
    let mut lab = lab("echo up; sleep 1000; echo gone", Duration::from_mins(1));
    lab.launch(&user_data());
    lab.running().await;
    lab.until_it_talks().await;
    lab.machines
        .strike(&id(), Blow::KillServer(Duration::from_millis(1)));
    lab.ended().await;
    assert!(lab.read("agent.log").ends_with("gone\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_are_dead_when_they_are_said_to_be() {
    let mut lab = lab("sleep 1000 & echo $!; wait", Duration::from_mins(1));
    lab.launch(&user_data());
    lab.running().await;
    lab.until_it_talks().await;
    lab.machines.kill_servers(&id());
    lab.ended().await;
    let log = lab.read("agent.log");
    let server = format!("/proc/{}/exe", log.lines().next().unwrap());
    assert!(std::fs::read_link(server).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_dies_whenever_it_is_started() {
    let troubles = Troubles {
        server_dies: true,
        ..Troubles::default()
    };
    let agent = "sleep 1000; sleep 1000; echo gone";
    let mut lab = troubled(agent, Duration::from_mins(1), troubles);
    lab.launch(&user_data());
    lab.running().await;
    lab.ended().await;
    assert!(lab.read("agent.log").ends_with("gone\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_boot_that_never_ends_is_ended_by_the_power_button() {
    let troubles = Troubles {
        stuck: true,
        ..Troubles::default()
    };
    let mut lab = troubled(IDLE, Duration::from_mins(1), troubles);
    lab.launch(&user_data());
    lab.running().await;
    lab.machines.strike(&id(), Blow::KillAgent);
    lab.machines.shut_down(&id());
    lab.ended().await;
    assert_eq!(lab.read("agent.log"), "");
    assert_eq!(lab.read("console.log"), "switched off while no agent ran\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_boot_ends_in_the_end() {
    let troubles = Troubles {
        boot_delay: Duration::from_millis(20),
        ..Troubles::default()
    };
    let mut lab = troubled("echo up", Duration::from_mins(1), troubles);
    lab.launch(&user_data());
    lab.running().await;
    lab.ended().await;
    assert_eq!(lab.read("agent.log"), "up\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_takes_no_more() {
    let troubles = Troubles {
        disk: Some(64 * 1024),
        ..Troubles::default()
    };
    // The fifth argument is the agent's folder.
    let agent = "echo small > $5/x && echo fits; dd if=/dev/zero of=$5/y bs=1024 count=200 2>&1";
    let mut lab = troubled(agent, Duration::from_mins(1), troubles);
    lab.launch(&user_data());
    lab.running().await;
    lab.ended().await;
    let log = lab.read("agent.log");
    assert!(log.starts_with("fits\n"), "{log}");
    let told = ["No space left on device", "File too large"];
    assert!(told.iter().any(|error| log.contains(error)), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_writes_faster_than_a_slow_disk_stands_still() {
    let troubles = Troubles {
        write_rate: Some(64 * 1024 * 1024),
        ..Troubles::default()
    };
    let agent =
        "echo $$; mkdir -p $5; dd if=/dev/zero of=$5/x bs=64k count=1024 2>/dev/null; echo done";
    let mut lab = troubled(agent, Duration::from_mins(1), troubles);
    lab.launch(&user_data());
    lab.running().await;
    lab.until("stands still", Lab::stands_still).await;
    lab.ended().await;
    assert!(lab.read("agent.log").ends_with("done\n"));
}
