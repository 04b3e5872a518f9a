//! The way to AWS: configuration, credentials, and above all *which* AWS. Endpoints can come from a dozen places; the one that
//! counts is computed here, shown, and held against the environment's `sandbox` setting before the first request.

mod aws;
mod credentials;
mod endpoint;

pub use aws::{AwsAccess, Clients};
