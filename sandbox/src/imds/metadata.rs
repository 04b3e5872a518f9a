//! What an instance can learn about itself, and who knows it.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use jiff::Timestamp;

/// One instance's metadata at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// `i-` and 17 hex digits.
    pub instance_id: String,
    /// Such as `t3.small`.
    pub instance_type: String,
    /// `ami-` and 17 hex digits.
    pub image_id: String,
    /// Such as `us-east-1`.
    pub region: String,
    /// Such as `us-east-1a`.
    pub zone: String,
    /// Such as `use1-az1`.
    pub zone_id: String,
    /// The instance's private address.
    pub local_ipv4: Ipv4Addr,
    /// Twelve digits.
    pub account: String,
    /// The name of the role; an instance without one has no credentials.
    pub role: Option<String>,
    /// The instance's tags; `None` unless the template enables `InstanceMetadataTags`.
    pub tags: Option<BTreeMap<String, String>>,
    /// Where Auto Scaling wants the instance to be (`InService`, `Terminated`, ..); `None` outside a group.
    pub target_lifecycle_state: Option<String>,
    /// The decoded user data.
    pub user_data: Option<Vec<u8>>,
    /// That EC2 takes the instance back.
    pub spot: Option<Spot>,
    /// `HttpEndpoint=enabled`: otherwise every request is refused, with a token or without.
    pub enabled: bool,
    /// `HttpTokens=required`: version 1, which needs no token, is off.
    pub tokens_required: bool,
}

/// What a Spot instance is told before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// When it was told.
    pub noticed: Timestamp,
    /// When it ends.
    pub ends: Timestamp,
}

/// Whoever knows the instance; asked anew on every request.
pub trait MetadataSource: Send + Sync + 'static {
    /// The metadata now; `None` once the instance is gone, whereupon every path is 404.
    fn metadata(&self) -> Option<Metadata>;
}
