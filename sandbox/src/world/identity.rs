//! Who and where this AWS is, and what an instance can read about itself. Serving it is the business of `imds`.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::{InstanceId, InstanceState, SpotNotice, World};

/// The account and Region that the world plays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Twelve digits.
    pub account: String,
    /// For example `us-east-1`.
    pub region: String,
    /// The availability zones, for example `us-east-1a`; at least one.
    pub zones: Vec<String>,
}

impl Identity {
    /// `arn:aws:<service>:<region>:<account>:<resource>`
    pub(super) fn arn(&self, service: &str, resource: &str) -> String {
        format!(
            "arn:aws:{service}:{}:{}:{resource}",
            self.region, self.account
        )
    }

    /// The zone's id, which unlike its name means the same in every account: `use1-az1`.
    pub fn zone_id(&self, zone: &str) -> String {
        let number = self
            .zones
            .iter()
            .position(|z| z == zone)
            .map_or(0, |at| at + 1);
        let mut parts = self.region.split('-');
        let area = parts.next().unwrap_or_default();
        let side: String = parts.next().unwrap_or_default().chars().take(1).collect();
        let ordinal = parts.next().unwrap_or_default();
        format!("{area}{side}{ordinal}-az{number}")
    }
}

/// What the metadata service of one instance shows.
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-categories.html>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceFacts {
    /// `meta-data/instance-id`
    pub instance_id: InstanceId,
    /// `meta-data/instance-type`
    pub instance_type: String,
    /// `meta-data/ami-id`
    pub image_id: String,
    /// `meta-data/placement/region`
    pub region: String,
    /// `meta-data/placement/availability-zone`
    pub zone: String,
    /// `meta-data/placement/availability-zone-id`
    pub zone_id: String,
    /// `meta-data/local-ipv4`, once the instance runs.
    pub local_ipv4: Option<Ipv4Addr>,
    /// The owner, as in the identity document.
    pub account: String,
    /// The role behind the instance profile; the sandbox gives both one name.
    pub role: Option<String>,
    /// `meta-data/tags/instance/`; `None` unless the template says `InstanceMetadataTags=enabled`.
    pub tags: Option<BTreeMap<String, String>>,
    /// `meta-data/autoscaling/target-lifecycle-state`, the state being moved *to*: `InService`, then `Terminated` from the
    /// start of `Terminating`. `None` outside a group.
    pub target_lifecycle_state: Option<String>,
    /// `user-data`, decoded.
    pub user_data: Option<Vec<u8>>,
    /// `meta-data/spot/instance-action` and `meta-data/events/recommendations/rebalance`, once EC2 takes the instance back.
    pub spot: Option<SpotNotice>,
    /// Whether the metadata service answers at all (`HttpEndpoint`).
    pub metadata_enabled: bool,
    /// Whether requests without a token are refused (`HttpTokens=required`).
    pub tokens_required: bool,
}

impl World {
    /// What the metadata service of `id` shows now; `None` for an instance that is unknown or gone.
    pub fn metadata(&self, id: &InstanceId) -> Option<InstanceFacts> {
        let instance = self
            .instance(id)
            .filter(|i| i.state != InstanceState::Terminated)?;
        let data = &instance.data;
        Some(InstanceFacts {
            instance_id: id.clone(),
            instance_type: instance.instance_type.clone(),
            image_id: instance.image_id.clone(),
            region: self.identity.region.clone(),
            zone: instance.zone.clone(),
            zone_id: self.identity.zone_id(&instance.zone),
            local_ipv4: instance.address,
            account: self.identity.account.clone(),
            role: data.role(),
            tags: data.tags_in_metadata().then(|| instance.tags.clone()),
            target_lifecycle_state: self.target_lifecycle_state(id),
            user_data: data.user_data_bytes(),
            spot: instance.spot,
            metadata_enabled: data.metadata_enabled(),
            tokens_required: data.tokens_required(),
        })
    }

    /// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/retrieving-target-lifecycle-state-through-imds.html>
    fn target_lifecycle_state(&self, id: &InstanceId) -> Option<String> {
        let state = self.member(id)?.lifecycle;
        Some(state.target().to_owned())
    }
}
