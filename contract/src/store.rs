//! Where releases live: an S3 bucket, a read-only https server or a folder, through `object_store`.
//!
//! Three kinds of access are all that baton needs: read a small object, stream a large one, and create an object that
//! must not exist yet. Only status documents are ever overwritten.

use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use object_store::aws::{AmazonS3Builder, AwsCredential};
use object_store::http::HttpBuilder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{
    ClientOptions, CredentialProvider, ObjectStore, ObjectStoreExt, PutMode, RetryConfig,
};
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// How long one request to the store is retried: long enough for a slow moment of S3, short enough that a wrong endpoint
/// is reported while the operator still looks.
const RETRY_FOR: Duration = Duration::from_secs(15);

/// The store of one service's releases.
#[derive(Clone)]
pub struct Store {
    url: Url,
    writable: bool,
    objects: Arc<dyn ObjectStore>,
}

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

/// What became of [`Store::create`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Created {
    /// The object is there with the given bytes: written now, or by an earlier try whose answer was lost.
    Yes,
    /// The object was there before, with other bytes.
    ExistsWithOtherContent,
}

/// Why the store did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The URL names no kind of store.
    #[error(
        "`{url}` is not a store: use s3://bucket/prefix, https://host/prefix or file:///folder"
    )]
    BadUrl {
        /// The refused URL.
        url: String,
    },
    /// The folder or bucket is not there.
    #[error("the store {url} does not exist")]
    Absent {
        /// The store.
        url: String,
    },
    /// No permission.
    #[error("the store {url} refuses access to {path}")]
    Refused {
        /// The store.
        url: String,
        /// The object.
        path: String,
        /// The store's own words.
        #[source]
        source: Box<object_store::Error>,
    },
    /// Anything else: network, server errors, credentials.
    #[error("the store {url} cannot be used ({path})")]
    Unusable {
        /// The store.
        url: String,
        /// The object.
        path: String,
        /// The store's own words.
        #[source]
        source: Box<object_store::Error>,
    },
    /// A write to a store that can only be read.
    #[error("the store {url} is read-only")]
    ReadOnly {
        /// The store.
        url: String,
    },
    /// An object larger than the reader is willing to take.
    #[error("{path} in the store has more than {limit} bytes")]
    TooLarge {
        /// The object.
        path: String,
        /// The limit, in bytes.
        limit: usize,
    },
}

impl Store {
    /// Opens `s3://bucket[/prefix]`, `https://host[/prefix]` (read-only) or `file:///folder`. Nothing is read yet, except
    /// that a folder must exist.
    pub fn open(url: &str, access: &Access) -> Result<Self, StoreError> {
        let bad = || StoreError::BadUrl {
            url: url.to_owned(),
        };
        let url = Url::parse(url).map_err(|_| bad())?;
        let (objects, writable): (Arc<dyn ObjectStore>, bool) = match url.scheme() {
            "s3" => (open_s3(&url, access)?, true),
            "https" => (open_http(&url)?, false),
            // Plain http only where no network is crossed: a signed manifest protects the bytes, not the privacy.
            "http" if is_loopback(&url) => (open_http(&url)?, false),
            "file" => (open_folder(&url)?, true),
            _ => return Err(bad()),
        };
        Ok(Self {
            url,
            writable,
            objects,
        })
    }

    /// The URL that the store was opened with.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Reads an object of at most `limit` bytes; `None` when it does not exist.
    pub async fn read(&self, path: &str, limit: usize) -> Result<Option<Bytes>, StoreError> {
        let Some((_, mut chunks)) = self.stream(path).await? else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        while let Some(chunk) = chunks.try_next().await? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > limit {
                return Err(StoreError::TooLarge {
                    path: path.to_owned(),
                    limit,
                });
            }
        }
        Ok(Some(bytes.into()))
    }

    /// Opens an object for reading: its size in bytes and its content in chunks; `None` when it does not exist.
    pub async fn stream(
        &self,
        path: &str,
    ) -> Result<Option<(u64, BoxStream<'static, Result<Bytes, StoreError>>)>, StoreError> {
        match self.objects.get(&Path::from(path)).await {
            Ok(found) => {
                let (store, path) = (self.clone(), path.to_owned());
                let size = found.meta.size;
                let chunks = found
                    .into_stream()
                    .map_err(move |error| store.error(&path, error));
                Ok(Some((size, chunks.boxed())))
            }
            Err(error) => self.absent_or(path, error).map(|()| None),
        }
    }

    /// Writes an object that must not exist yet. Safe to repeat: the same bytes again are [`Created::Yes`].
    pub async fn create(&self, path: &str, bytes: impl Into<Bytes>) -> Result<Created, StoreError> {
        self.writable()?;
        let (location, bytes) = (Path::from(path), bytes.into());
        let put = self
            .objects
            .put_opts(&location, bytes.clone().into(), PutMode::Create.into());
        match put.await {
            Ok(_) => Ok(Created::Yes),
            Err(
                object_store::Error::AlreadyExists { .. }
                | object_store::Error::Precondition { .. },
            ) => self.compare(path, &bytes).await,
            Err(error) => Err(self.error(path, error)),
        }
    }

    async fn compare(&self, path: &str, bytes: &Bytes) -> Result<Created, StoreError> {
        match self.read(path, bytes.len()).await {
            Ok(Some(there)) if there == *bytes => Ok(Created::Yes),
            Ok(_) | Err(StoreError::TooLarge { .. }) => Ok(Created::ExistsWithOtherContent),
            Err(error) => Err(error),
        }
    }

    /// Writes an object, replacing what was there.
    pub async fn replace(&self, path: &str, bytes: impl Into<Bytes>) -> Result<(), StoreError> {
        self.writable()?;
        let put = self
            .objects
            .put(&Path::from(path), bytes.into().into())
            .await;
        put.map(|_| ()).map_err(|error| self.error(path, error))
    }

    /// Whether an object exists.
    pub async fn exists(&self, path: &str) -> Result<bool, StoreError> {
        match self.objects.head(&Path::from(path)).await {
            Ok(_) => Ok(true),
            Err(error) => self.absent_or(path, error).map(|()| false),
        }
    }

    /// The paths of all objects below `folder`, in order. An https store cannot be listed.
    pub async fn list(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        let folder_path = Path::from(folder);
        let found: Result<Vec<_>, _> = self.objects.list(Some(&folder_path)).try_collect().await;
        let found = found.map_err(|error| self.error(folder, error))?;
        let mut paths: Vec<String> = found.iter().map(|meta| meta.location.to_string()).collect();
        paths.sort();
        Ok(paths)
    }

    fn writable(&self) -> Result<(), StoreError> {
        if self.writable {
            Ok(())
        } else {
            Err(StoreError::ReadOnly {
                url: self.url.to_string(),
            })
        }
    }

    /// `Ok` when the object is absent from a store that is there.
    fn absent_or(&self, path: &str, error: object_store::Error) -> Result<(), StoreError> {
        match error {
            object_store::Error::NotFound { ref source, .. }
                if source.to_string().contains("NoSuchBucket") =>
            {
                Err(StoreError::Absent {
                    url: self.url.to_string(),
                })
            }
            object_store::Error::NotFound { .. } => Ok(()),
            other => Err(self.error(path, other)),
        }
    }

    fn error(&self, path: &str, source: object_store::Error) -> StoreError {
        let (url, path, source) = (self.url.to_string(), path.to_owned(), Box::new(source));
        match *source {
            object_store::Error::NotFound { .. } => StoreError::Absent { url },
            object_store::Error::PermissionDenied { .. }
            | object_store::Error::Unauthenticated { .. } => {
                StoreError::Refused { url, path, source }
            }
            _ => StoreError::Unusable { url, path, source },
        }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({})", self.url)
    }
}

fn open_s3(url: &Url, access: &Access) -> Result<Arc<dyn ObjectStore>, StoreError> {
    let bad = || StoreError::BadUrl {
        url: url.to_string(),
    };
    let bucket = url
        .host_str()
        .filter(|bucket| !bucket.is_empty())
        .ok_or_else(bad)?;
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(bucket)
        .with_retry(retries());
    if let Some(region) = &access.region {
        builder = builder.with_region(region);
    }
    if let Some(endpoint) = &access.endpoint {
        builder = builder
            .with_endpoint(endpoint)
            .with_allow_http(endpoint.starts_with("http://"));
    }
    builder = match &access.credentials {
        Some(source) => builder.with_credentials(Arc::new(Adapter(source.clone()))),
        None => builder.with_skip_signature(true),
    };
    let bucket = builder.build().map_err(|source| unusable(url, source))?;
    Ok(below(bucket, url.path()))
}

fn open_http(url: &Url) -> Result<Arc<dyn ObjectStore>, StoreError> {
    let options = ClientOptions::new().with_allow_http(is_loopback(url));
    let server = HttpBuilder::new()
        .with_url(url.as_str())
        .with_retry(retries())
        .with_client_options(options)
        .build()
        .map_err(|source| unusable(url, source))?;
    Ok(Arc::new(server))
}

fn open_folder(url: &Url) -> Result<Arc<dyn ObjectStore>, StoreError> {
    let folder = url.to_file_path().map_err(|()| StoreError::BadUrl {
        url: url.to_string(),
    })?;
    if !folder.is_dir() {
        return Err(StoreError::Absent {
            url: url.to_string(),
        });
    }
    let store = LocalFileSystem::new_with_prefix(folder).map_err(|source| unusable(url, source))?;
    Ok(Arc::new(store.with_fsync(true)))
}

fn below(store: impl ObjectStore, prefix: &str) -> Arc<dyn ObjectStore> {
    match prefix.trim_matches('/') {
        "" => Arc::new(store),
        prefix => Arc::new(PrefixStore::new(store, prefix)),
    }
}

fn retries() -> RetryConfig {
    RetryConfig {
        max_retries: 4,
        retry_timeout: RETRY_FOR,
        ..RetryConfig::default()
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

fn unusable(url: &Url, source: object_store::Error) -> StoreError {
    StoreError::Unusable {
        url: url.to_string(),
        path: String::new(),
        source: Box::new(source),
    }
}

#[derive(Debug)]
struct Adapter(Arc<dyn Credentials>);

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
