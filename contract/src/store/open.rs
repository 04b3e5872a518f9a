//! Opening each kind of store.

use super::access::{Access, Adapter};
use super::error::StoreError;
use object_store::aws::AmazonS3Builder;
use object_store::http::HttpBuilder;
use object_store::local::LocalFileSystem;
use object_store::prefix::PrefixStore;
use object_store::{ClientOptions, ObjectStore, RetryConfig};
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// How long one request to the store is retried: long enough for a slow moment of S3, short enough that a wrong endpoint
/// is reported while the operator still looks.
const RETRY_FOR: Duration = Duration::from_secs(15);

/// An S3 bucket, or a prefix of it.
pub(super) fn s3(url: &Url, access: &Access) -> Result<Arc<dyn ObjectStore>, StoreError> {
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

/// A server that is read over http.
pub(super) fn http(url: &Url) -> Result<Arc<dyn ObjectStore>, StoreError> {
    let options = ClientOptions::new().with_allow_http(is_loopback(url));
    let server = HttpBuilder::new()
        .with_url(url.as_str())
        .with_retry(retries())
        .with_client_options(options)
        .build()
        .map_err(|source| unusable(url, source))?;
    Ok(Arc::new(server))
}

/// A folder, which must exist.
pub(super) fn folder(url: &Url) -> Result<Arc<dyn ObjectStore>, StoreError> {
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

/// Whether the host is this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
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
