//! Instance tags by which a launch template version says what its instances run.
//!
//! An instance reads them through IMDSv2 (`/latest/meta-data/tags/instance/<key>`), which asks for
//! `InstanceMetadataTags=enabled` in the template and keys without spaces or slashes
//! (<https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/work-with-tags-in-IMDS.html>).

/// The version of the release, for people and for finding the manifest. Example: `1.4.2`.
pub const VERSION: &str = "baton:version";

/// The digest of the manifest's exact bytes, which is what the instance trusts. Example: `sha256:9f86…`.
pub const MANIFEST: &str = "baton:manifest";

/// The deployment that made this template version. Informative: nothing is decided by it on an instance.
pub const DEPLOYMENT: &str = "baton:deployment";
