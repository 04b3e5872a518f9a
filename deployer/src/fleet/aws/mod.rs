//! AWS as a [`Fleet`]: reading in [`mod@read`], putting the reads together in [`mod@observe`], changing in
//! [`mod@apply`], what only the preflight asks in [`mod@survey`].

mod apply;
mod documents;
mod error;
mod observe;
mod read;
mod survey;

use crate::access::Clients;
use crate::config::{Environment, Strategy};
use crate::fleet::{Applied, Fleet, FleetError};
use crate::journal::Record;
use crate::rollout::action::Action;
use crate::rollout::observation::{FleetView, Template};
use contract::names::Name;
use contract::status::StatusDocument;
use contract::store::Store;
use std::collections::BTreeMap;
use std::sync::atomic::AtomicUsize;
use tokio::sync::Mutex;

pub use error::ReadError;
pub use survey::{Hook, Survey};

/// Which group of which environment.
#[derive(Clone, Debug)]
pub struct Place {
    /// The service.
    pub service: Name,
    /// The environment.
    pub environment: Name,
    /// The Auto Scaling group.
    pub group: String,
}

/// One environment's group in AWS.
pub struct AwsFleet {
    clients: Clients,
    store: Store,
    place: Place,
    strategy: Strategy,
    /// Our template version once seen or made: it is immutable, and EC2's reads may lag behind its making.
    ours: Mutex<Option<Template>>,
    /// Documents that say that an instance failed; what was seen once stays evidence.
    failed: Mutex<BTreeMap<String, StatusDocument>>,
    /// Whose turn it is among the new members that serve.
    turn: AtomicUsize,
}

impl AwsFleet {
    /// The group of `environment`; `store` holds the agents' status documents.
    pub fn new(clients: Clients, store: Store, service: &Name, environment: &Environment) -> Self {
        Self {
            clients,
            store,
            place: Place {
                service: service.clone(),
                environment: environment.name.clone(),
                group: environment.group.clone(),
            },
            strategy: environment.strategy.clone(),
            ours: Mutex::new(None),
            failed: Mutex::new(BTreeMap::new()),
            turn: AtomicUsize::new(0),
        }
    }
}

#[async_trait::async_trait]
impl Fleet for AwsFleet {
    async fn observe(&self, record: Option<&Record>) -> FleetView {
        Box::pin(self.look(record)).await
    }

    async fn apply(&self, action: &Action, record: &Record) -> Result<Applied, FleetError> {
        let asked = self.act(action, record).await;
        asked.or_else(|error| error.judge(action))
    }
}
