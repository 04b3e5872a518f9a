//! The instance metadata service of one instance, version 2: tokens, the tree of paths, the two document formats. One listener
//! per instance, because which instance is asked is told by nothing but the address.
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html>

mod answer;
mod documents;
mod metadata;
mod server;
mod token;
mod tree;

pub use metadata::{Metadata, MetadataSource, Spot};
pub use server::{Clock, serve};
