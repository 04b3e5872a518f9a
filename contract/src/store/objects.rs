//! What is done with a store.
//!
//! Three kinds of access are all that baton needs: read a small object, stream a large one, and create an object that
//! must not exist yet. Only status documents are ever overwritten.

use super::access::Access;
use super::error::StoreError;
use super::open;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutMode};
use std::fmt;
use std::sync::Arc;
use url::Url;

/// The store of one service's releases.
#[derive(Clone)]
pub struct Store {
    url: Url,
    writable: bool,
    objects: Arc<dyn ObjectStore>,
}

/// What became of [`Store::create`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Created {
    /// The object is there with the given bytes: written now, or by an earlier try whose answer was lost.
    Yes,
    /// The object was there before, with other bytes.
    ExistsWithOtherContent,
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
            "s3" => (open::s3(&url, access)?, true),
            "https" => (open::http(&url)?, false),
            // Plain http only where no network is crossed: a signed manifest protects the bytes, not the privacy.
            "http" if open::is_loopback(&url) => (open::http(&url)?, false),
            "file" => (open::folder(&url)?, true),
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

    /// The names of the folders right below `folder`, in order. What is in them is not listed, so that it may be much. An
    /// https store cannot be listed.
    pub async fn folders(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        let folder_path = Path::from(folder);
        let found = self.objects.list_with_delimiter(Some(&folder_path)).await;
        let found = found.map_err(|error| self.error(folder, error))?;
        let name = |path: &Path| path.filename().map(str::to_owned);
        let mut names: Vec<String> = found.common_prefixes.iter().filter_map(name).collect();
        names.sort();
        Ok(names)
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
