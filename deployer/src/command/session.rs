//! What every command on an environment works with: AWS as the environment means it, the store, the journal.

use crate::access::AwsAccess;
use crate::config::{Config, Environment};
use crate::failure::Failure;
use crate::fleet::AwsFleet;
use crate::journal::{Journal, LeaseLog};
use crate::preflight;
use crate::rollout::event::EventKind;
use contract::names::Name;
use contract::release::Release;
use contract::store::Store;
use semver::Version;

/// AWS and the store of one environment.
pub(super) struct Session<'a> {
    /// What `deploy.toml` says.
    pub config: &'a Config,
    /// The environment.
    pub environment: &'a Environment,
    /// The way to AWS; its endpoint has been checked.
    aws: AwsAccess,
}

/// The parts of a session that read and write.
pub(super) struct Tools {
    /// The store.
    pub store: Store,
    /// The group.
    pub fleet: AwsFleet,
    /// The deployments.
    pub journal: Journal,
    /// The lease.
    pub leases: LeaseLog,
}

impl<'a> Session<'a> {
    /// Finds the environment and the way to its AWS. No request is made.
    pub(super) async fn begin(config: &'a Config, environment: &Name) -> Result<Self, Failure> {
        let environment = config.environment(environment)?;
        let aws = AwsAccess::load(Some(&environment.region)).await?;
        aws.check(environment, &config.store)?;
        Ok(Self {
            config,
            environment,
            aws,
        })
    }

    /// Where the session will work.
    pub(super) fn address(&self) -> EventKind {
        EventKind::Addressed {
            account: self.environment.account.clone(),
            region: self.environment.region.clone(),
            endpoint: self.endpoint(),
        }
    }

    /// The endpoint, when it is not AWS's own.
    pub(super) fn endpoint(&self) -> Option<String> {
        self.aws.shown_endpoint()
    }

    /// Opens the store and everything in it.
    pub(super) fn open(&self) -> Result<Tools, Failure> {
        let (service, environment) = (&self.config.service, self.environment);
        let store = Store::open(&self.config.store, &self.aws.store_access())?;
        Ok(Tools {
            fleet: AwsFleet::new(self.aws.clients(), store.clone(), service, environment),
            journal: Journal::new(store.clone(), service, &environment.name),
            leases: LeaseLog::new(store.clone(), service, &environment.name),
            store,
        })
    }

    /// Makes sure that the credentials are those of the environment's account.
    pub(super) async fn check_account(&self, tools: &Tools) -> Result<(), Failure> {
        let account = tools.fleet.caller_account().await?;
        Ok(preflight::check_account(&account, self.environment)?)
    }

    /// Reads a release and everything in it, and trusts it only after its signature and every digest.
    pub(super) async fn verify_release(
        &self,
        tools: &Tools,
        version: &Version,
    ) -> Result<Release, Failure> {
        let (service, key) = (&self.config.service, &self.config.public_key);
        let release = Release::fetch(&tools.store, key, service, version).await?;
        preflight::verify_blobs(&tools.store, &release).await?;
        Ok(release)
    }
}
