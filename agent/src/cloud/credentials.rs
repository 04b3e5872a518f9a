//! The instance role's credentials, lent to the store.

use aws_credential_types::Credentials as AwsCredentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use contract::store::{Credentials, KeyPair};
use std::error::Error;
use std::time::{Duration, SystemTime};
use tokio::sync::Mutex;

/// How long before their end credentials are fetched anew. The metadata service has the next ones at least five minutes
/// before (<https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html>).
const MARGIN: Duration = Duration::from_mins(4);

/// Credentials from the SDK's chain, kept until shortly before they end.
#[derive(Debug)]
pub(crate) struct RoleCredentials {
    chain: SharedCredentialsProvider,
    kept: Mutex<Option<AwsCredentials>>,
}

impl RoleCredentials {
    /// Asks `chain` when needed.
    pub(crate) fn new(chain: SharedCredentialsProvider) -> Self {
        Self {
            chain,
            kept: Mutex::new(None),
        }
    }
}

#[async_trait::async_trait]
impl Credentials for RoleCredentials {
    async fn current(&self) -> Result<KeyPair, Box<dyn Error + Send + Sync>> {
        let mut kept = self.kept.lock().await;
        let fresh = match kept.take().filter(lasts) {
            Some(credentials) => credentials,
            None => self.chain.provide_credentials().await?,
        };
        let pair = KeyPair {
            id: fresh.access_key_id().to_owned(),
            secret: fresh.secret_access_key().to_owned(),
            token: fresh.session_token().map(ToOwned::to_owned),
        };
        *kept = Some(fresh);
        Ok(pair)
    }
}

fn lasts(credentials: &AwsCredentials) -> bool {
    let until = SystemTime::from(crate::clock::now()) + MARGIN;
    credentials.expiry().is_none_or(|end| end > until)
}
