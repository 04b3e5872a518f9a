//! Where things lie in the store. Every path is relative to the store's URL.
//!
//! ```text
//! blobs/sha256/<hex>.zst                               one file of a release, zstd; named by its uncompressed bytes
//! releases/<service>/<version>/manifest.json           create-only
//! releases/<service>/<version>/manifest.json.minisig   create-only
//! status/<service>/<environment>/<instance>.json       the agent's status document, overwritten
//! deployments/<service>/<environment>/…                the deployer's lease, records and history, create-only
//! ```

use crate::digest::Digest;
use crate::names::Name;
use semver::Version;

/// The compressed bytes of one file, named by the digest of the uncompressed bytes.
pub fn blob(digest: &Digest) -> String {
    format!("blobs/sha256/{}.zst", digest.hex())
}

/// The folder of all versions of a service; ends with a slash.
pub fn releases(service: &Name) -> String {
    format!("releases/{service}/")
}

/// The manifest of one version.
pub fn manifest(service: &Name, version: &Version) -> String {
    format!("releases/{service}/{version}/manifest.json")
}

/// The minisign signature over the manifest's exact bytes.
pub fn signature(service: &Name, version: &Version) -> String {
    format!("releases/{service}/{version}/manifest.json.minisig")
}

/// The folder of the status documents of an environment; ends with a slash.
pub fn statuses(service: &Name, environment: &Name) -> String {
    format!("status/{service}/{environment}/")
}

/// The status document of one instance.
pub fn status(service: &Name, environment: &Name, instance: &str) -> String {
    format!("status/{service}/{environment}/{instance}.json")
}

/// The folder of the deployer's own files for an environment; ends with a slash.
pub fn deployments(service: &Name, environment: &Name) -> String {
    format!("deployments/{service}/{environment}/")
}
