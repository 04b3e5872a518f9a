//! The tree of paths below `/latest`, built anew for each request, and the look-up in it. Pure.
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-categories.html>

use std::collections::BTreeMap;

use jiff::Timestamp;
use percent_encoding::percent_decode_str;

use super::documents;
use super::metadata::{Metadata, Spot};

/// A path's content.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Node {
    Leaf(Vec<u8>),
    Folder(BTreeMap<String, Node>),
}

/// The bytes at `path` (which begins below the version, such as `meta-data/instance-id`); `None` is 404.
pub(super) fn look_up(metadata: &Metadata, now: Timestamp, path: &str) -> Option<Vec<u8>> {
    let mut node = root(metadata, now);
    // EC2 answers with or without a slash at the end; botocore asks for the zone with one.
    let path = path.strip_suffix('/').unwrap_or(path);
    for segment in path.split('/').filter(|_| !path.is_empty()) {
        let name = percent_decode_str(segment).decode_utf8().ok()?;
        node = match node {
            Node::Folder(mut children) => children.remove(name.as_ref())?,
            Node::Leaf(_) => return None,
        };
    }
    match node {
        Node::Folder(children) => Some(listing(&children).into_bytes()),
        Node::Leaf(bytes) => Some(bytes),
    }
}

/// One name per line; folders end with a slash.
fn listing(children: &BTreeMap<String, Node>) -> String {
    let lines: Vec<String> = children
        .iter()
        .map(|(name, child)| match child {
            Node::Folder(_) => format!("{name}/"),
            Node::Leaf(_) => name.clone(),
        })
        .collect();
    lines.join("\n")
}

fn root(metadata: &Metadata, now: Timestamp) -> Node {
    let identity = [("document", leaf(documents::identity(metadata)))];
    let mut children = vec![
        ("dynamic", folder([("instance-identity", folder(identity))])),
        ("meta-data", meta_data(metadata, now)),
    ];
    if let Some(user_data) = &metadata.user_data {
        children.push(("user-data", Node::Leaf(user_data.clone())));
    }
    folder(children)
}

fn meta_data(metadata: &Metadata, now: Timestamp) -> Node {
    let mut children = vec![
        ("ami-id", leaf(&metadata.image_id)),
        ("ami-launch-index", leaf("0")),
        ("events", events(metadata)),
        ("hostname", leaf(host_name(metadata))),
        ("instance-id", leaf(&metadata.instance_id)),
        ("instance-life-cycle", leaf(life_cycle(metadata))),
        ("instance-type", leaf(&metadata.instance_type)),
        ("local-hostname", leaf(host_name(metadata))),
        ("local-ipv4", leaf(metadata.local_ipv4.to_string())),
        ("mac", leaf(mac(metadata))),
        ("placement", placement(metadata)),
        ("reservation-id", leaf(reservation(metadata))),
        ("security-groups", leaf("default")),
        ("services", services()),
    ];
    if let Some(spot) = &metadata.spot {
        children.push(("spot", taken_back(spot)));
    }
    if let Some(role) = &metadata.role {
        children.push(("iam", iam(metadata, role, now)));
    }
    if let Some(tags) = &metadata.tags {
        let tags = tags.iter().map(|(key, value)| (key.as_str(), leaf(value)));
        children.push(("tags", folder([("instance", folder(tags))])));
    }
    if let Some(state) = &metadata.target_lifecycle_state {
        let state = folder([("target-lifecycle-state", leaf(state))]);
        children.push(("autoscaling", state));
    }
    folder(children)
}

/// As EC2 names hosts by their address; the first region has a domain of its own.
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-naming.html>
fn host_name(metadata: &Metadata) -> String {
    let address = metadata.local_ipv4.to_string().replace('.', "-");
    match metadata.region.as_str() {
        "us-east-1" => format!("ip-{address}.ec2.internal"),
        region => format!("ip-{address}.{region}.compute.internal"),
    }
}

/// Nothing here has a network card: the address made into a locally administered one.
fn mac(metadata: &Metadata) -> String {
    let [a, b, c, d] = metadata.local_ipv4.octets();
    format!("02:00:{a:02x}:{b:02x}:{c:02x}:{d:02x}")
}

/// Every instance has a launch of its own.
fn reservation(metadata: &Metadata) -> String {
    metadata.instance_id.replacen("i-", "r-", 1)
}

fn services() -> Node {
    folder([
        ("domain", leaf("amazonaws.com")),
        ("partition", leaf("aws")),
    ])
}

fn life_cycle(metadata: &Metadata) -> &'static str {
    match metadata.spot {
        Some(_) => "spot",
        None => "on-demand",
    }
}

/// Nobody schedules maintenance here, and where there is none EC2 tells an empty list.
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/viewing_scheduled_events.html> and `rebalance-recommendations`
fn events(metadata: &Metadata) -> Node {
    let maintenance = folder([("history", leaf("[]")), ("scheduled", leaf("[]"))]);
    let mut events = vec![("maintenance", maintenance)];
    if let Some(spot) = &metadata.spot {
        let rebalance = leaf(documents::rebalance(spot));
        events.push(("recommendations", folder([("rebalance", rebalance)])));
    }
    folder(events)
}

/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html>
fn taken_back(spot: &Spot) -> Node {
    folder([
        ("instance-action", leaf(documents::instance_action(spot))),
        ("termination-time", leaf(documents::second(spot.ends))),
    ])
}

fn placement(metadata: &Metadata) -> Node {
    folder([
        ("availability-zone", leaf(&metadata.zone)),
        ("availability-zone-id", leaf(&metadata.zone_id)),
        ("region", leaf(&metadata.region)),
    ])
}

fn iam(metadata: &Metadata, role: &str, now: Timestamp) -> Node {
    let credentials = leaf(documents::credentials(metadata, role, now));
    folder([
        ("info", leaf(documents::profile_info(metadata, role, now))),
        ("security-credentials", folder([(role, credentials)])),
    ])
}

fn leaf(text: impl Into<String>) -> Node {
    Node::Leaf(text.into().into_bytes())
}

fn folder<'a>(children: impl IntoIterator<Item = (&'a str, Node)>) -> Node {
    let named = children.into_iter();
    Node::Folder(
        named
            .map(|(name, child)| (name.to_owned(), child))
            .collect(),
    )
}
