//! Who runs which version in the end, asked of the members themselves and not of the load balancer.

use crate::http_get::http_get;
use crate::names::VERSION_TAG;
use crate::start::Sandbox;
use crate::world::World;
use serde::Deserialize;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

/// A member that does not answer in this time on loopback is not serving.
const PATIENCE: Duration = Duration::from_secs(5);

/// What one member says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberVersion {
    /// The instance's id.
    pub instance: String,
    /// The version that it says it runs, or why it does not say.
    pub version: Result<String, String>,
}

/// Asks every member of the group that has an address; where the service does not say, the tag that its agent installed by
/// stands in.
pub(super) async fn versions(sandbox: &Sandbox) -> Vec<MemberVersion> {
    let group = &sandbox.description.group;
    let members = sandbox.cloud.look(|world| members(world, group));
    let mut versions = Vec::with_capacity(members.len());
    for (instance, address, tag) in members {
        let version = match address {
            None => Err("no address".to_owned()),
            Some(_) if !sandbox.options.application.tells_its_version() => Ok(tag),
            Some(address) => ask_in_time(SocketAddr::from((address, sandbox.app_port))).await,
        };
        versions.push(MemberVersion { instance, version });
    }
    versions
}

/// Each member's id, address, and the version that it was launched for.
fn members(world: &World, group: &str) -> Vec<(String, Option<Ipv4Addr>, String)> {
    let members = world.group(group).map(|group| group.members.keys());
    let facts = |id| {
        let instance = world.instance(id);
        let tag = instance.and_then(|instance| instance.tags.get(VERSION_TAG));
        (
            id.to_string(),
            instance.and_then(|instance| instance.address),
            tag.cloned().unwrap_or_default(),
        )
    };
    members.into_iter().flatten().map(facts).collect()
}

#[derive(Deserialize)]
struct VersionDocument {
    version: String,
}

async fn ask_in_time(address: SocketAddr) -> Result<String, String> {
    match tokio::time::timeout(PATIENCE, ask(address)).await {
        Ok(answer) => answer.map_err(|error| format!("{error:#}")),
        Err(_) => Err("no answer".to_owned()),
    }
}

async fn ask(address: SocketAddr) -> anyhow::Result<String> {
    let (status, body) = http_get(address, "/version").await?;
    anyhow::ensure!(status.is_success(), "answers {status}");
    let document: VersionDocument = serde_json::from_slice(&body)?;
    Ok(document.version)
}
