//! A running sandbox.

use super::account::Deployer;
use super::progress::Progress;
use super::{Published, StartError, Talk, group};
use crate::api::{self, CallLog};
use crate::balancer::{Balancer, Counters, Settings};
use crate::binaries::Binaries;
use crate::cloud::{Clock, Cloud, Probes, target_sets};
use crate::instance::address::Network;
use crate::instance::{Machines, Site};
use crate::names;
use crate::process::Spawner;
use crate::profile::{App, Profile};
use crate::state::{Description, Held, StateFolder};
use crate::world::{Effect, Identity, World};
use jiff::Timestamp;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// What a sandbox is to be.
#[derive(Debug)]
pub struct Options {
    /// Where it lives: a folder that is taken already, so that nobody else can come between.
    pub held: Held,
    /// What it runs.
    pub binaries: Binaries,
    /// How fast.
    pub profile: Profile,
    /// How its application leaves, if not as the profile says.
    pub app: App,
    /// How many members the group has.
    pub instances: usize,
    /// The port of the AWS endpoint; 0 is any.
    pub port: u16,
    /// The port of the load balancer; 0 is any.
    pub balancer_port: u16,
    /// Where it says what it does.
    pub talk: Talk,
}

/// A sandbox that is up. Dropping it ends what it serves; [`Sandbox::stop`] also ends its processes.
#[derive(Debug)]
pub struct Sandbox {
    /// How to reach it.
    pub description: Description,
    /// Its world.
    pub cloud: Arc<Cloud>,
    /// Which API operations were called, and how often.
    pub calls: Arc<CallLog>,
    /// What the load balancer counted.
    pub counters: Arc<Counters>,
    /// Where the load balancer listens.
    pub balancer: SocketAddr,
    /// Where every member serves.
    pub app_port: u16,
    /// How fast it runs.
    pub profile: Profile,
    /// How its application leaves.
    pub app: App,
    /// How many members its group has.
    pub instances: usize,
    /// When it was begun.
    pub began: Timestamp,
    /// When its group was healthy for the first time.
    pub healthy: Timestamp,
    /// The release that the group started on.
    pub first: Published,
    pub(crate) deployer: Deployer,
    pub(crate) talk: Talk,
    serving: JoinSet<()>,
    held: Held,
}

impl Sandbox {
    /// Brings a sandbox up to a healthy group on version 1.0.0.
    pub async fn start(options: Options) -> Result<Sandbox, StartError> {
        let talk = options.talk;
        let clock = Clock::start();
        let began = clock.now();
        let held = options.held;
        let folder = held.folder.clone();
        if held.swept > 0 {
            talk.say(&format!("ended {} processes of a sandbox that was killed", held.swept));
        }
        let spawner = Spawner::get()?;
        let network = Network::claim()?;
        let port = listen(options.port).await?;
        let balancer_port = listen(options.balancer_port).await?;
        let mut serving = JoinSet::new();

        let (cloud, effects) = Cloud::new(world(&options.profile), clock);
        let time = Arc::clone(&cloud);
        serving.spawn(async move { time.keep_time().await });
        let calls = Arc::new(CallLog::new());
        let endpoint = url(&port)?;
        let store = make_bucket(&folder)?;
        serving.spawn(api::serve(port, cloud.clone(), store, Arc::clone(&calls)));

        let deployer = Deployer {
            binaries: options.binaries,
            spawner: spawner.clone(),
            folder: folder.clone(),
            endpoint: endpoint.clone(),
        };
        let public_key = deployer.keygen().await?;
        deployer.configure(&public_key, &options.profile.deploy)?;
        let server = deployer.binaries.server();
        let first = deployer.publish(names::FIRST_VERSION, &server, talk).await?;

        let site = Site {
            instances: folder.instances(),
            programs: deployer.binaries.folder().to_owned(),
            endpoint: endpoint.clone(),
            region: names::REGION.to_owned(),
            shutdown: options.profile.shutdown,
            network: network.clone(),
            spawner,
        };
        serving.spawn(perform(effects, Machines::new(site, cloud.clone())));
        talk.say(&format!("launching {} instances on {}", options.instances, first.version));
        let balancer = balancer_port.local_addr().map_err(unbound)?;
        let plan = group::Plan {
            profile: &options.profile,
            app: &options.app,
            app_port: network.app_port(),
            balancer,
            public_key,
            release: first.clone(),
            instances: options.instances,
        };
        let target_group_arn = group::make(&cloud, &plan)?;
        let counters = serve_balancer(
            &mut serving,
            balancer_port,
            &cloud,
            &target_group_arn,
            &options.profile,
        );
        let description = Description {
            endpoint,
            balancer: format!("http://{balancer}"),
            region: names::REGION.to_owned(),
            group: names::GROUP.to_owned(),
            launch_template: names::GROUP.to_owned(),
            target_group_arn,
            store: names::STORE.to_owned(),
            state: folder.root().to_owned(),
        };
        let mut sandbox = Sandbox {
            description,
            cloud,
            calls,
            counters,
            balancer,
            app_port: network.app_port(),
            profile: options.profile,
            app: options.app,
            instances: options.instances,
            began,
            healthy: began,
            first,
            deployer,
            talk,
            serving,
            held,
        };
        sandbox.until_healthy().await?;
        sandbox.healthy = clock.now();
        sandbox.held.describe(&sandbox.description)?;
        Ok(sandbox)
    }

    /// Publishes another version.
    pub async fn publish(&self, version: &str, file: &Path) -> Result<Published, StartError> {
        self.deployer.publish(version, file, self.talk).await
    }

    /// Says a line where it says everything.
    pub fn say(&self, line: &str) {
        self.talk.say(line);
    }

    /// The state folder.
    pub fn folder(&self) -> &StateFolder {
        &self.deployer.folder
    }

    /// The program that a release is made of unless another file is given.
    pub fn server(&self) -> PathBuf {
        self.deployer.binaries.server()
    }

    /// Ends what it serves and every process that it started.
    pub async fn stop(mut self) {
        // First what would react to dying instances, then the instances; the folder is given up last.
        self.serving.abort_all();
        self.deployer.spawner.kill_all().await;
    }

    async fn until_healthy(&self) -> Result<(), StartError> {
        let limit = self.profile.coming_up;
        let (group, targets) = (&self.description.group, &self.description.target_group_arn);
        let mut seen = None;
        let settled = self.cloud.until(|world| {
            let progress = Progress::of(world, group, targets);
            if let (true, Some(progress)) = (seen != progress, progress) {
                self.talk.say(&format!("{group}: {progress}"));
            }
            seen = progress;
            world.settled(group).then_some(())
        });
        if tokio::time::timeout(limit, settled).await.is_ok() {
            return Ok(());
        }
        Err(StartError::NotHealthy {
            after: limit,
            seen: seen.map(|seen| seen.to_string()).unwrap_or_default(),
            last: last_words(&self.folder().instances()),
        })
    }
}

fn world(profile: &Profile) -> World {
    let identity = Identity {
        account: names::ACCOUNT.to_owned(),
        region: names::REGION.to_owned(),
        zones: names::ZONES.map(str::to_owned).to_vec(),
    };
    // Identifiers differ from one sandbox to the next, as they do in an account.
    World::new(identity, profile.world.clone(), rand::random())
}

async fn listen(port: u16) -> Result<TcpListener, StartError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .map_err(|source| StartError::Listen { port, source })
}

fn url(listener: &TcpListener) -> Result<String, StartError> {
    Ok(format!("http://{}", listener.local_addr().map_err(unbound)?))
}

fn unbound(source: std::io::Error) -> StartError {
    StartError::Listen { port: 0, source }
}

/// Makes the bucket of releases; answers the folder of buckets.
fn make_bucket(folder: &StateFolder) -> Result<PathBuf, StartError> {
    let bucket = folder.store().join(names::BUCKET);
    std::fs::create_dir_all(&bucket)
        .map_err(|source| StartError::File { path: bucket, source })?;
    Ok(folder.store())
}

/// Does what the world asks for.
async fn perform(mut effects: mpsc::UnboundedReceiver<Effect>, machines: Machines) {
    while let Some(effect) = effects.recv().await {
        match effect {
            Effect::Launch(launch) => machines.launch(launch),
            Effect::ShutDown { instance } => machines.shut_down(&instance),
        }
    }
}

fn serve_balancer(
    serving: &mut JoinSet<()>,
    listener: TcpListener,
    cloud: &Arc<Cloud>,
    target_group: &str,
    profile: &Profile,
) -> Arc<Counters> {
    let times = &profile.balancer;
    let balancer = Balancer::new(Settings {
        idle_timeout: times.idle_timeout,
        connect_timeout: times.connect_timeout,
        propagation: times.propagation,
    });
    let counters = balancer.counters();
    let probes = Probes { cloud: Arc::clone(cloud), target_group: target_group.to_owned() };
    if let Some((targets, follow)) = target_sets(Arc::clone(cloud), target_group.to_owned()) {
        serving.spawn(follow);
        serving.spawn(balancer.serve(listener, targets, Arc::new(probes)));
    }
    counters
}

/// The end of the agent's log that was written last.
fn last_words(instances: &Path) -> String {
    let folders = std::fs::read_dir(instances).into_iter().flatten().flatten();
    let logs = folders.map(|folder| folder.path().join("agent.log"));
    let newest = logs.max_by_key(|log| log.metadata().and_then(|log| log.modified()).ok());
    let Some(text) = newest.as_ref().and_then(|log| std::fs::read_to_string(log).ok()) else {
        return String::new();
    };
    let lines: Vec<&str> = text.lines().collect();
    let tail = lines[lines.len().saturating_sub(8)..].join("\n  ");
    if tail.is_empty() { tail } else { format!("; an agent's last lines:\n  {tail}") }
}
