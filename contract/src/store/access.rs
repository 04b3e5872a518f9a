//! How AWS is reached and where credentials come from, without naming an AWS SDK.

use object_store::CredentialProvider;
use object_store::aws::AwsCredential;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

/// How to reach AWS, for `s3://` stores.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// The bucket's region.
    pub region: Option<String>,
    /// An endpoint other than AWS's own, such as a sandbox.
    pub endpoint: Option<String>,
    /// Where credentials come from; requests go unsigned without.
    pub credentials: Option<Arc<dyn Credentials>>,
}

/// A source of AWS credentials, asked before each request: it caches and refreshes as it sees fit.
#[async_trait::async_trait]
pub trait Credentials: fmt::Debug + Send + Sync + 'static {
    /// The credentials of this moment.
    async fn current(&self) -> Result<KeyPair, Box<dyn StdError + Send + Sync>>;
}

/// One set of AWS credentials.
pub struct KeyPair {
    /// The access key id.
    pub id: String,
    /// The secret access key.
    pub secret: String,
    /// The session token of temporary credentials.
    pub token: Option<String>,
}

/// [`Credentials`] as `object_store` asks for them.
#[derive(Debug)]
pub(super) struct Adapter(pub(super) Arc<dyn Credentials>);

#[async_trait::async_trait]
impl CredentialProvider for Adapter {
    type Credential = AwsCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AwsCredential>> {
        let pair = self
            .0
            .current()
            .await
            .map_err(|source| object_store::Error::Generic {
                store: "S3",
                source,
            })?;
        Ok(Arc::new(AwsCredential {
            key_id: pair.id,
            secret_key: pair.secret,
            token: pair.token,
        }))
    }
}
