//! This instance as a [`Host`]: hands each duty to the part that does it, and gathers what the parts show.

use super::attempts::{Attempts, LAUNCH_PATIENCE};
use super::heartbeat::Heartbeat;
use super::task::Task;
use super::watch;
use crate::cloud::{Hooks, Identity, Metadata, RoleCredentials};
use crate::config::Config;
use crate::drive::Host;
use crate::duty::{Duty, Transition, Verdict};
use crate::install::{self, Disk, DiskError, Installed, Wanted};
use crate::report::Reporter;
use crate::seen::{Seen, Target};
use crate::supervisor::{Program, Supervisor};
use crate::trouble::Trouble;
use aws_config::{BehaviorVersion, Region};
use contract::layout;
use contract::release::Release;
use contract::status::{self, Failure, Phase, StatusDocument};
use contract::store::{Access, Store, StoreError};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::sync::watch::Receiver;
use tokio::time::Instant;

/// The pause between tries to learn who this instance is.
const IDENTITY_PAUSE: Duration = Duration::from_secs(2);

/// Why the agent cannot begin. There is no instance to speak for yet, so nothing is reported.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error(transparent)]
    Disk(#[from] DiskError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("cannot receive signals")]
    Signals(#[source] io::Error),
}

/// This instance.
pub(crate) struct Machine {
    config: Arc<Config>,
    die_with_parent: bool,
    identity: Identity,
    metadata: Metadata,
    hooks: Hooks,
    store: Store,
    disk: Arc<Disk>,
    /// Rings when a part has something new to show.
    changed: Arc<Notify>,
    target: Receiver<Target>,
    signals: Receiver<u32>,
    wanted: Arc<Mutex<Option<Wanted>>>,
    resolve: Task<Release>,
    install: Task<Installed>,
    supervisor: Supervisor,
    reporter: Reporter,
    announced: Option<Phase>,
    linked: bool,
    launch: Attempts,
    termination: Attempts,
    heartbeat: Heartbeat,
}

impl Machine {
    /// Learns who this instance is and prepares everything. `None` when SIGTERM came first.
    pub(crate) async fn start(
        config: Config,
        die_with_parent: bool,
    ) -> Result<Option<Self>, StartError> {
        let disk = Disk::open(&config.root)?;
        let changed = Arc::new(Notify::new());
        let mut signals = watch::signals(changed.clone()).map_err(StartError::Signals)?;
        let metadata = Metadata::new();
        let identity = tokio::select! {
            identity = identify(&metadata) => identity,
            _ = signals.changed() => return Ok(None),
        };
        let aws = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .region(Region::new(identity.region.clone()))
            .load()
            .await;
        let store = open_store(&config, &aws)?;
        let status = layout::status(&config.service, &config.environment, &identity.instance);
        let now = Instant::now();
        Ok(Some(Self {
            hooks: Hooks::new(&aws, &config, &identity.instance),
            target: watch::target(metadata.clone(), config.poll, changed.clone()),
            supervisor: Supervisor::new(config.app.clone(), disk.run(), changed.clone()),
            reporter: Reporter::start(store.clone(), status, changed.clone()),
            launch: Attempts::new(config.poll, Some(LAUNCH_PATIENCE)),
            termination: Attempts::new(config.poll, None),
            heartbeat: Heartbeat::new(config.heartbeat, now),
            config: Arc::new(config),
            disk: Arc::new(disk),
            wanted: Arc::default(),
            resolve: Task::new(),
            install: Task::new(),
            announced: None,
            linked: false,
            die_with_parent,
            identity,
            metadata,
            store,
            changed,
            signals,
        }))
    }

    fn begin_resolve(&mut self) {
        let (config, disk, store) = (self.config.clone(), self.disk.clone(), self.store.clone());
        let (metadata, wanted) = (self.metadata.clone(), self.wanted.clone());
        let limit = config.install_timeout;
        let work = async move {
            let found = metadata.wanted().await;
            let found = found.map_err(|error| Trouble::new(&error, error.is_transient()))?;
            *wanted.lock().unwrap_or_else(PoisonError::into_inner) = Some(found.clone());
            install::resolve(&disk, &store, &config.public_key, &config.service, &found)
                .await
                .map_err(|error| Trouble::new(&error, error.is_transient()))
        };
        self.resolve
            .begin(self.changed.clone(), within(limit, work));
    }

    fn begin_install(&mut self) {
        let Some(release) = self.resolve.done().cloned() else {
            return;
        };
        let (disk, store) = (self.disk.clone(), self.store.clone());
        let work = async move {
            install::install(disk, &store, release)
                .await
                .map_err(|error| Trouble::new(&error, error.is_transient()))
        };
        let limit = self.config.install_timeout;
        self.install
            .begin(self.changed.clone(), within(limit, work));
    }

    fn start_server(&mut self) {
        let Some(installed) = self.install.done() else {
            return;
        };
        let program = Program {
            path: installed.entrypoint(),
            args: self.config.app.args.clone(),
            folder: installed.files(),
            environment: vec![
                ("BATON_SERVICE", self.config.service.to_string()),
                ("BATON_VERSION", installed.manifest.version.to_string()),
                ("BATON_INSTANCE", self.identity.instance.clone()),
                ("BATON_ZONE", self.identity.zone.clone()),
            ],
            die_with_parent: self.die_with_parent,
        };
        tracing::info!("starting {}", program.path.display());
        self.supervisor.start(&program);
    }

    /// The links are for people: trouble with them must not keep a healthy server out of service.
    fn link(&mut self) {
        self.linked = true;
        let linked = self
            .install
            .done()
            .map(|installed| installed.link(&self.disk));
        if let Some(Err(error)) = linked {
            tracing::warn!("cannot tidy up the releases: {error}");
        }
    }

    fn announce(&mut self, phase: Phase) {
        tracing::info!("{phase}");
        tell_service_manager(phase);
        let wanted = self
            .wanted
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let failure = (phase == Phase::Failed).then(|| self.failure());
        if let Some(failure) = &failure {
            tracing::error!("failed while {}: {}", failure.during, failure.cause);
        }
        self.reporter.announce(StatusDocument {
            schema: status::SCHEMA,
            instance: self.identity.instance.clone(),
            service: self.config.service.clone(),
            environment: self.config.environment.clone(),
            version: wanted.as_ref().map(|wanted| wanted.version.clone()),
            manifest: wanted.map(|wanted| wanted.manifest),
            phase,
            updated: crate::clock::now(),
            failure,
            agent: env!("CARGO_PKG_VERSION").to_owned(),
        });
        self.announced = Some(phase);
    }

    fn failure(&self) -> Failure {
        let trouble = self.resolve.trouble().or(self.install.trouble());
        let cause = trouble
            .map(|trouble| trouble.cause.clone())
            .or_else(|| self.supervisor.cause_of_death())
            .unwrap_or_else(|| "unknown".to_owned());
        let during = self.announced.unwrap_or(Phase::Resolving);
        Failure::new(during, cause, self.supervisor.last_lines())
    }

    async fn complete(&mut self, transition: Transition, verdict: Verdict) {
        let answer = self.hooks.complete(transition, verdict).await;
        let attempts = match transition {
            Transition::Launching => &mut self.launch,
            Transition::Terminating => &mut self.termination,
        };
        attempts.answered(Instant::now(), &answer);
    }

    /// A heartbeat that is not heard is tried again at the next beat: the interval leaves room for two lost ones.
    async fn beat(&mut self, transition: Transition) {
        if let Err(error) = self.hooks.heartbeat(transition).await {
            tracing::warn!("{error}");
        }
        self.heartbeat.sent(Instant::now());
    }

    /// Until a part rings, or one poll long: some conditions are only a matter of time.
    async fn wait(&self) {
        let _ = tokio::time::timeout(self.config.poll, self.changed.notified()).await;
    }
}

impl Host for Machine {
    async fn observe(&mut self) -> Seen {
        let now = Instant::now();
        let signals = *self.signals.borrow();
        if signals > 1 {
            self.supervisor.kill();
        }
        Seen {
            shutdown: signals > 0,
            target: *self.target.borrow(),
            resolve: self.resolve.observe(now),
            install: self.install.observe(now),
            server: self.supervisor.observe(),
            linked: self.linked,
            launch: self.launch.observe(now),
            termination: self.termination.observe(now),
            announced: self.announced,
            reported: self.reporter.is_settled(),
            heartbeat_due: self.heartbeat.is_due(now),
        }
    }

    async fn perform(&mut self, duty: Duty) {
        match duty {
            Duty::Announce(phase) => self.announce(phase),
            Duty::Resolve => self.begin_resolve(),
            Duty::Install => self.begin_install(),
            Duty::StartServer => self.start_server(),
            Duty::Link => self.link(),
            Duty::CompleteLaunch(verdict) => self.complete(Transition::Launching, verdict).await,
            Duty::CompleteTermination => {
                self.complete(Transition::Terminating, Verdict::Continue)
                    .await;
            }
            Duty::Heartbeat(transition) => self.beat(transition).await,
            Duty::CancelJobs => {
                self.resolve.cancel();
                self.install.cancel();
            }
            Duty::StopServer => self.supervisor.stop(),
            Duty::Wait(on) => {
                tracing::trace!(?on, "waiting");
                self.wait().await;
            }
            // The loop ends by itself.
            Duty::Exit => {}
        }
    }
}

/// Tries for as long as it takes: without a name there is nobody to report to and no hook to abandon.
async fn identify(metadata: &Metadata) -> Identity {
    loop {
        match metadata.identity().await {
            Ok(identity) => return identity,
            Err(error) => tracing::warn!("{}", crate::trouble::chain(&error)),
        }
        tokio::time::sleep(IDENTITY_PAUSE).await;
    }
}

fn open_store(config: &Config, aws: &aws_config::SdkConfig) -> Result<Store, StoreError> {
    let access = Access {
        region: aws.region().map(ToString::to_string),
        endpoint: aws.endpoint_url().map(ToOwned::to_owned),
        credentials: aws
            .credentials_provider()
            .map(|chain| Arc::new(RoleCredentials::new(chain)) as _),
    };
    Store::open(&config.store, &access)
}

async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, Trouble>>,
) -> Result<T, Trouble> {
    match tokio::time::timeout(limit, work).await {
        Ok(done) => done,
        Err(_) => Err(Trouble {
            cause: format!("not done within {}", humantime::format_duration(limit)),
            transient: false,
        }),
    }
}

/// Tells systemd, where the agent runs under it; elsewhere this does nothing.
fn tell_service_manager(phase: Phase) {
    let text = phase.to_string();
    let state = [sd_notify::NotifyState::Status(&text)];
    if let Err(error) = sd_notify::notify(&state) {
        tracing::debug!("the service manager does not listen: {error}");
    }
}
