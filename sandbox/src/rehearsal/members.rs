//! Who runs which version in the end, asked of the members themselves and not of the load balancer.

use crate::cloud::Cloud;
use crate::http_get::http_get;
use serde::Deserialize;
use std::net::SocketAddr;
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

/// Asks every member of the group that has an address.
pub(super) async fn versions(cloud: &Cloud, group: &str, port: u16) -> Vec<MemberVersion> {
    let members: Vec<_> = cloud.look(|world| {
        let members = world
            .group(group)
            .map(|group| group.members.keys())
            .into_iter()
            .flatten();
        let address = |id| world.instance(id).and_then(|instance| instance.address);
        members.map(|id| (id.to_string(), address(id))).collect()
    });
    let mut versions = Vec::with_capacity(members.len());
    for (instance, address) in members {
        let version = match address {
            Some(address) => ask_in_time(SocketAddr::from((address, port))).await,
            None => Err("no address".to_owned()),
        };
        versions.push(MemberVersion { instance, version });
    }
    versions
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
