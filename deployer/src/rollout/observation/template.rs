//! The launch template versions that matter to a deployment.

use contract::digest::Digest;
use semver::Version;

/// The launch template versions that matter to a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Templates {
    /// The version that the group has saved, or had when the deployment began.
    pub base: Template,
    /// The version made for this deployment.
    pub ours: Option<Template>,
    /// The template's default version.
    pub default_version: u64,
}

/// One version of a launch template, as far as tags tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// The template's id.
    pub id: String,
    /// The version's number.
    pub number: u64,
    /// The baton version in its instance tags.
    pub version: Option<Version>,
    /// The manifest digest in its instance tags.
    pub manifest: Option<Digest>,
}
