//! Credentials for the store, from where the SDK has its own.

use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use contract::store::{Credentials, KeyPair};
use std::error::Error;
use std::time::{Duration, SystemTime};
use tokio::sync::Mutex;

/// How long before their expiry credentials are fetched anew, so that a request under way still finds them valid.
const EXPIRY_MARGIN: Duration = Duration::from_mins(1);

/// Credentials for the store, kept until shortly before they expire: it asks before each request.
#[derive(Debug)]
pub(super) struct Cached {
    source: SharedCredentialsProvider,
    last: Mutex<Option<aws_credential_types::Credentials>>,
}

impl Cached {
    pub(super) fn new(source: SharedCredentialsProvider) -> Self {
        Self {
            source,
            last: Mutex::new(None),
        }
    }
}

#[async_trait::async_trait]
impl Credentials for Cached {
    async fn current(&self) -> Result<KeyPair, Box<dyn Error + Send + Sync>> {
        let mut last = self.last.lock().await;
        let found = match last.take().filter(is_fresh) {
            Some(fresh) => fresh,
            None => self.source.provide_credentials().await?,
        };
        let pair = KeyPair {
            id: found.access_key_id().to_owned(),
            secret: found.secret_access_key().to_owned(),
            token: found.session_token().map(str::to_owned),
        };
        *last = Some(found);
        Ok(pair)
    }
}

fn is_fresh(credentials: &aws_credential_types::Credentials) -> bool {
    let now = SystemTime::from(crate::clock::now());
    credentials
        .expiry()
        .is_none_or(|expiry| expiry > now + EXPIRY_MARGIN)
}
