//! Why a store did not do what was asked.

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
