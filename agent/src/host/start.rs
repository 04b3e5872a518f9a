//! How a [`Machine`] comes to be: the folder locked, the instance known, the store opened.

use super::attempts::{Attempts, LAUNCH_PATIENCE};
use super::heartbeat::Heartbeat;
use super::machine::Machine;
use super::task::Task;
use super::watch;
use crate::cloud::{Hooks, Identity, Metadata, RoleCredentials};
use crate::config::Config;
use crate::install::{self, Disk, DiskError};
use crate::report::Reporter;
use crate::supervisor::Supervisor;
use crate::trouble::Trouble;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use contract::layout;
use contract::store::{Access, Store, StoreError};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// The pause between tries to learn who this instance is.
const IDENTITY_PAUSE: Duration = Duration::from_secs(2);

/// Why the agent cannot begin. There is no instance to speak for yet, so nothing is reported.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error(transparent)]
    Disk(DiskError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("cannot receive signals")]
    Signals(#[source] io::Error),
}

impl Machine {
    /// Learns who this instance is and prepares everything. `None` when SIGTERM came first.
    pub(crate) async fn start(
        config: Config,
        die_with_parent: bool,
    ) -> Result<Option<Self>, StartError> {
        let disk = open_disk(&config)?;
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
            supervisor: Supervisor::new(
                config.app.clone(),
                install::run(&config.root),
                changed.clone(),
            ),
            reporter: Reporter::start(store.clone(), status, changed.clone()),
            launch: Attempts::new("launch", config.poll, Some(LAUNCH_PATIENCE)),
            termination: Attempts::new("terminate", config.poll, None),
            heartbeat: Heartbeat::new(config.heartbeat, now),
            config: Arc::new(config),
            disk,
            wanted: Arc::default(),
            resolve: Task::new(),
            install: Task::new(),
            announced: None,
            death: None,
            linked: false,
            die_with_parent,
            identity,
            metadata,
            store,
            changed,
            signals,
        }))
    }
}

/// A folder that another agent uses is left to that agent. A folder that cannot be used at all is reported later, when the
/// instance has a name.
fn open_disk(config: &Config) -> Result<Result<Arc<Disk>, Trouble>, StartError> {
    match Disk::open(&config.root) {
        Ok(disk) => Ok(Ok(Arc::new(disk))),
        Err(in_use @ DiskError::InUse { .. }) => Err(StartError::Disk(in_use)),
        Err(error) => Ok(Err(Trouble::new(&error, false))),
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

fn open_store(config: &Config, aws: &SdkConfig) -> Result<Store, StoreError> {
    let access = Access {
        region: aws.region().map(ToString::to_string),
        endpoint: aws.endpoint_url().map(ToOwned::to_owned),
        credentials: aws
            .credentials_provider()
            .map(|chain| Arc::new(RoleCredentials::new(chain)) as _),
    };
    Store::open(&config.store, &access)
}
