//! The machines of a sandbox: where they live, whom they answer to, and their power buttons.

use super::address::Network;
use super::machine::Machine;
use super::trouble::{Blow, Troubles};
use crate::cloud::Clock;
use crate::imds::Metadata;
use crate::process::{Spawner, tree};
use crate::world::{InstanceId, Launch};
use rustix::process::Pid;
use std::collections::{BTreeSet, HashMap};
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Where instances live and what they need from their surroundings.
#[derive(Debug)]
pub struct Site {
    /// The folder of instance folders, absolute.
    pub instances: PathBuf,
    /// The folder that holds the programs which a real image would bring (`baton-agent`).
    pub programs: PathBuf,
    /// The one AWS port, as a URL.
    pub endpoint: String,
    /// The region that agents work in.
    pub region: String,
    /// From SIGTERM to the agent until the power goes off.
    pub shutdown: Duration,
    /// The time that the metadata goes by.
    pub clock: Clock,
    /// Where addresses come from.
    pub network: Network,
    /// Where processes come from.
    pub spawner: Spawner,
}

/// What a machine tells the world and asks of it.
pub trait Control: Send + Sync + 'static {
    /// The machine has power and an address.
    fn running(&self, instance: &InstanceId, address: Ipv4Addr);
    /// The machine is off, whatever the reason.
    fn ended(&self, instance: &InstanceId);
    /// What is wrong with the machine from its first moment. Asked once.
    fn troubles(&self, instance: &InstanceId) -> Troubles {
        let _ = instance;
        Troubles::default()
    }
    /// What the machine may know about itself. `None` once it is gone.
    fn metadata(&self, instance: &InstanceId) -> Option<Metadata>;
}

/// What a machine is told.
#[derive(Debug)]
pub(super) enum Order {
    /// The operating system is to shut down.
    ShutDown,
    /// Something goes wrong; whoever wants to know is told when it has.
    Blow(Blow, Option<Landed>),
}

/// Told when a blow has struck, dropped when it never will; closed when it is called off.
pub(super) type Landed = oneshot::Sender<()>;

/// The machines of a sandbox.
pub struct Machines {
    site: Arc<Site>,
    control: Arc<dyn Control>,
    /// The power buttons of the machines that are on.
    buttons: Arc<Mutex<Buttons>>,
    said: Arc<Said>,
}

/// What has been said already, so that a group of a hundred does not say it a hundred times.
#[derive(Debug, Default)]
pub(super) struct Said(Mutex<BTreeSet<String>>);

impl Said {
    /// Whether this is said for the first time.
    pub(super) fn is_new(&self, line: &str) -> bool {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        said.insert(line.to_owned())
    }
}

impl Machines {
    /// No machine yet.
    pub fn new(site: Site, control: Arc<dyn Control>) -> Machines {
        Machines {
            site: Arc::new(site),
            control,
            buttons: Arc::default(),
            said: Arc::default(),
        }
    }

    /// Switches a machine on. It lives by itself from here on and reports through [`Control`].
    pub fn launch(&self, launch: Launch) {
        let (button, mut orders) = mpsc::unbounded_channel();
        let agent = Arc::default();
        let buttons = Arc::clone(&self.buttons);
        let switch = Switch {
            orders: button,
            agent: Arc::clone(&agent),
        };
        lock(&buttons).insert(launch.instance.clone(), switch);
        let (site, control) = (Arc::clone(&self.site), Arc::clone(&self.control));
        let said = Arc::clone(&self.said);
        tokio::spawn(async move {
            let machine = Machine {
                site,
                control,
                id: launch.instance,
                agent,
                said,
            };
            machine.live(launch.user_data.as_deref(), &mut orders).await;
            lock(&buttons).remove(&machine.id);
            machine.control.ended(&machine.id);
        });
    }

    /// Asks a machine's operating system to shut down. One that is off already stays off.
    pub fn shut_down(&self, instance: &InstanceId) {
        self.tell(instance, Order::ShutDown);
    }

    /// Lets something go wrong with a machine. Nothing happens to one that is off.
    pub fn strike(&self, instance: &InstanceId, blow: Blow) {
        self.tell(instance, Order::Blow(blow, None));
    }

    /// The same, for whoever wants to know when it has struck: an error says that it never will. Dropping what is returned
    /// calls off a blow that has not struck yet.
    pub fn strike_and_tell(&self, instance: &InstanceId, blow: Blow) -> oneshot::Receiver<()> {
        let (landed, told) = oneshot::channel();
        self.tell(instance, Order::Blow(blow, Some(landed)));
        told
    }

    fn tell(&self, instance: &InstanceId, order: Order) {
        if let Some(switch) = lock(&self.buttons).get(instance) {
            let _ = switch.orders.send(order);
        }
    }

    /// Kills what the machine's agent has started, before it returns: a request that is sent to the server after this does
    /// not reach it. Takes the milliseconds in which the processes of this computer can be listed.
    pub fn kill_servers(&self, instance: &InstanceId) {
        let agent = lock(&self.buttons)
            .get(instance)
            .and_then(|switch| Pid::from_raw(switch.agent.load(Ordering::Acquire)));
        if let Some(agent) = agent {
            for server in tree::children(agent) {
                tree::kill_child(agent, server);
            }
        }
    }
}

/// What can be done to a machine from outside.
struct Switch {
    orders: mpsc::UnboundedSender<Order>,
    /// The process id of its agent; 0 while none runs.
    agent: Arc<AtomicI32>,
}

type Buttons = HashMap<InstanceId, Switch>;

fn lock(buttons: &Mutex<Buttons>) -> MutexGuard<'_, Buttons> {
    buttons.lock().unwrap_or_else(PoisonError::into_inner)
}
