//! A running sandbox, and the order in which it comes up.

use super::account::Deployer;
use super::release::Releases;
use super::serving::{Ports, Serving};
use super::{Application, Published, StartError, Talk, group, havoc};
use crate::api::CallLog;
use crate::balancer::Counters;
use crate::binaries::Binaries;
use crate::cloud::{Clock, Cloud};
use crate::control::{About, Control};
use crate::fault::Faults;
use crate::instance::Site;
use crate::load::{Keep, Load, Plan};
use crate::names;
use crate::process::Spawner;
use crate::profile::Profile;
use crate::state::{Description, Held, StateFolder};
use crate::world::{Identity, World};
use jiff::Timestamp;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a sandbox is to be.
#[derive(Debug)]
pub struct Options {
    /// Where it lives: a folder that is taken already, so that nobody else can come between.
    pub held: Held,
    /// What it runs.
    pub binaries: Binaries,
    /// How fast.
    pub profile: Profile,
    /// What its group serves.
    pub application: Application,
    /// How many members the group has.
    pub instances: usize,
    /// The port of the AWS endpoint; 0 is any.
    pub port: u16,
    /// The port of the load balancer; 0 is any.
    pub balancer_port: u16,
    /// What goes wrong in it; the seed decides every identifier, too.
    pub faults: Arc<Faults>,
    /// Where it says what it does.
    pub talk: Talk,
}

/// A sandbox that is up. Dropping it ends what it serves; [`Sandbox::stop`] also ends its processes.
#[derive(Debug)]
pub struct Sandbox {
    /// What it was to be.
    pub options: Options,
    /// How to reach it.
    pub description: Description,
    /// Its world.
    pub cloud: Arc<Cloud>,
    /// Which API operations were called, and how often.
    pub calls: Arc<CallLog>,
    /// What `/_sandbox/` shows and does.
    pub control: Arc<Control>,
    /// What the load balancer counted.
    pub counters: Arc<Counters>,
    /// Where the load balancer listens.
    pub balancer: SocketAddr,
    /// Where every member serves.
    pub app_port: u16,
    /// When it was begun.
    pub began: Timestamp,
    /// When its group was healthy for the first time.
    pub healthy: Timestamp,
    pub(crate) deployer: Deployer,
    serving: Serving,
}

impl Sandbox {
    /// Brings a sandbox up to a healthy group on version 1.0.0.
    pub async fn start(options: Options) -> Result<Sandbox, StartError> {
        let talk = options.talk;
        if options.held.swept > 0 {
            talk.say(&format!(
                "ended {} processes of a sandbox that was killed",
                options.held.swept
            ));
        }
        let clock = Clock::start();
        let (cloud, effects) = Cloud::with_faults(
            world(&options),
            clock,
            Arc::clone(&options.faults),
            options.profile.api.lag,
        );
        let ports = Ports::open(options.port, options.balancer_port)?;
        let (balancer, app_port) = (ports.balancer_address, ports.network.app_port());
        let deployer = Deployer {
            binaries: options.binaries.clone(),
            spawner: Spawner::get()?,
            folder: options.held.folder.clone(),
            endpoint: ports.endpoint.clone(),
        };
        let site = site(&options, &deployer, &ports, clock);

        let mut serving = Serving::default();
        serving.keep_time(&cloud);
        let about = about(&options, &ports);
        let calls = Arc::new(CallLog::new());
        let control = Control::new(about, Arc::clone(&cloud), Arc::clone(&calls));
        let control = Arc::new(control);
        let habits = options.profile.api;
        serving.api(&cloud, ports.api, &deployer.folder, &control, habits)?;
        let public_key = deployer.open_account(&options.profile.deploy).await?;
        let first = options.application.program.clone();
        let program = first.unwrap_or_else(|| options.binaries.server());
        let release = deployer
            .publish(names::FIRST_VERSION, &program, talk)
            .await?;

        talk.say(&format!(
            "launching {} instances on {}",
            options.instances, release.version
        ));
        let machines = serving.machines(&cloud, site, effects);
        let plan = group::Plan {
            options: &options,
            app_port,
            balancer,
            public_key,
            release,
        };
        let target_group_arn = group::make(&cloud, &plan)?;
        let times = &options.profile.balancer;
        let counters = serving.balancer(&cloud, ports.balancer, times);
        counters.tapped_by(Box::new(havoc::Requests {
            cloud: Arc::clone(&cloud),
            machines,
        }));
        control.balanced(Arc::clone(&counters));

        let mut sandbox = Sandbox {
            description: description(&deployer, balancer, target_group_arn),
            options,
            cloud,
            calls,
            control,
            counters,
            balancer,
            app_port,
            began: clock.now(),
            healthy: clock.now(),
            deployer,
            serving,
        };
        sandbox.until_healthy().await?;
        sandbox.healthy = clock.now();
        sandbox.options.held.describe(&sandbox.description)?;
        Ok(sandbox)
    }

    /// Publishes another version, made of `file`, or of what the first version is made of.
    pub async fn publish(
        &self,
        version: &str,
        file: Option<&Path>,
    ) -> Result<Published, StartError> {
        let own = self.program();
        let file = file.unwrap_or(&own);
        self.deployer
            .publish(version, file, self.options.talk)
            .await
    }

    /// Sends so many requests per second to the load balancer, for as long as what is returned is kept; `/_sandbox/` shows it.
    pub fn load(&self, rate: f64, keep: Keep) -> io::Result<Load> {
        let load = Load::start(Plan {
            rate,
            keep,
            paths: self.options.application.paths.clone(),
            ..Plan::new(self.balancer)
        })?;
        self.control.loaded(load.gauge(), rate);
        Ok(load)
    }

    /// Lets `/_sandbox/` start deploys.
    pub fn open_to_deploys(&self) {
        self.control.open_to_deploys(Arc::new(Releases {
            deployer: self.deployer.clone(),
            program: self.program(),
            limit: 2 * self.options.profile.deploy.deadline,
            talk: self.options.talk,
        }));
    }

    /// What versions are made of unless somebody names another file.
    fn program(&self) -> PathBuf {
        let own = self.options.application.program.clone();
        own.unwrap_or_else(|| self.options.binaries.server())
    }

    /// From now on the planned faults count their time.
    pub fn arm(&self) {
        self.options.faults.arm(self.cloud.clock().now());
    }

    /// Says a line where it says everything.
    pub fn say(&self, line: &str) {
        self.options.talk.say(line);
    }

    /// The state folder.
    pub fn folder(&self) -> &StateFolder {
        &self.options.held.folder
    }

    /// Ends what it serves and every process that it started.
    pub async fn stop(mut self) {
        // First what would react to dying instances, then the instances; the folder is given up last.
        self.serving.abort();
        self.deployer.spawner.kill_all().await;
    }
}

fn world(options: &Options) -> World {
    let identity = Identity {
        account: names::ACCOUNT.to_owned(),
        region: names::REGION.to_owned(),
        zones: names::ZONES.map(str::to_owned).to_vec(),
    };
    // Identifiers differ from one sandbox to the next, as they do in an account, unless somebody names the seed.
    let timings = options.profile.world.clone();
    let mut world = World::new(identity, timings, options.faults.seed());
    world.supplied_by(Arc::<Faults>::clone(&options.faults));
    world
}

fn about(options: &Options, ports: &Ports) -> About {
    About {
        profile: options.profile.pace.name(),
        endpoint: ports.endpoint.clone(),
        balancer: format!("http://{}", ports.balancer_address),
        region: names::REGION.to_owned(),
        group: names::GROUP.to_owned(),
    }
}

fn site(options: &Options, deployer: &Deployer, ports: &Ports, clock: Clock) -> Site {
    Site {
        instances: deployer.folder.instances(),
        programs: options.binaries.folder().to_owned(),
        endpoint: ports.endpoint.clone(),
        region: names::REGION.to_owned(),
        shutdown: options.profile.shutdown,
        clock,
        network: ports.network.clone(),
        spawner: deployer.spawner.clone(),
    }
}

fn description(deployer: &Deployer, balancer: SocketAddr, target_group_arn: String) -> Description {
    Description {
        endpoint: deployer.endpoint.clone(),
        balancer: format!("http://{balancer}"),
        page: format!("{}/_sandbox/", deployer.endpoint),
        region: names::REGION.to_owned(),
        group: names::GROUP.to_owned(),
        launch_template: names::GROUP.to_owned(),
        target_group_arn,
        store: names::STORE.to_owned(),
        state: deployer.folder.root().to_owned(),
    }
}
