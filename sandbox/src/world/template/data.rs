//! What a launch template version says, as far as modelled. The world passes it through unchanged and reads a few fields, so
//! the wire names of EC2 (requests in `PascalCase`, responses in `camelCase`) stand here, once.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RequestLaunchTemplateData.html>

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};

/// The data of one version. Everything is optional: what it lacks must come from where it is used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[serde(rename_all(serialize = "camelCase", deserialize = "PascalCase"))]
pub struct LaunchTemplateData {
    /// An AMI id, or `resolve:ssm:` and a parameter.
    pub image_id: Option<String>,
    /// For example `t3.micro`.
    pub instance_type: Option<String>,
    /// A key pair.
    pub key_name: Option<String>,
    /// Whether storage has its own bandwidth.
    pub ebs_optimized: Option<bool>,
    /// Whether the API may not terminate it.
    pub disable_api_termination: Option<bool>,
    /// Whether the API may not stop it.
    pub disable_api_stop: Option<bool>,
    /// `stop` or `terminate`.
    pub instance_initiated_shutdown_behavior: Option<String>,
    /// Base64; see [`LaunchTemplateData::with_user_data`].
    pub user_data: Option<String>,
    /// Who the instance is.
    pub iam_instance_profile: Option<InstanceProfile>,
    /// Detailed monitoring.
    pub monitoring: Option<Monitoring>,
    /// How the metadata service answers.
    pub metadata_options: Option<MetadataOptions>,
    /// Of burstable types.
    pub credit_specification: Option<CreditSpecification>,
    /// Ids.
    #[serde(rename(serialize = "securityGroupIdSet", deserialize = "SecurityGroupId"))]
    pub security_group_ids: Option<Vec<String>>,
    /// Names.
    #[serde(rename(serialize = "securityGroupSet", deserialize = "SecurityGroup"))]
    pub security_groups: Option<Vec<String>>,
    /// Disks.
    #[serde(rename(
        serialize = "blockDeviceMappingSet",
        deserialize = "BlockDeviceMapping"
    ))]
    pub block_device_mappings: Option<Vec<BlockDevice>>,
    /// Tags for what is launched.
    #[serde(rename(serialize = "tagSpecificationSet", deserialize = "TagSpecification"))]
    pub tag_specifications: Option<Vec<TagSpecification>>,
}

/// `IamInstanceProfile`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[serde(rename_all(serialize = "camelCase", deserialize = "PascalCase"))]
pub struct InstanceProfile {
    /// Its ARN, or else
    pub arn: Option<String>,
    /// its name.
    pub name: Option<String>,
}

/// `Monitoring`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[serde(rename_all(serialize = "camelCase", deserialize = "PascalCase"))]
pub struct Monitoring {
    /// Whether it is detailed.
    pub enabled: Option<bool>,
}

/// `CreditSpecification`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[serde(rename_all(serialize = "camelCase", deserialize = "PascalCase"))]
pub struct CreditSpecification {
    /// `standard` or `unlimited`.
    pub cpu_credits: Option<String>,
}

/// `MetadataOptions`
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-options.html>
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[serde(rename_all(serialize = "camelCase", deserialize = "PascalCase"))]
pub struct MetadataOptions {
    /// `optional` or `required`.
    pub http_tokens: Option<String>,
    /// 1 to 64.
    pub http_put_response_hop_limit: Option<u32>,
    /// `enabled` or `disabled`.
    pub http_endpoint: Option<String>,
    /// `enabled` or `disabled`.
    pub http_protocol_ipv6: Option<String>,
    /// `enabled` or `disabled`.
    pub instance_metadata_tags: Option<String>,
}

/// `BlockDeviceMapping`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[serde(rename_all(serialize = "camelCase", deserialize = "PascalCase"))]
pub struct BlockDevice {
    /// For example `/dev/xvda`.
    pub device_name: Option<String>,
    /// An instance store volume.
    pub virtual_name: Option<String>,
    /// An EBS volume.
    pub ebs: Option<EbsBlockDevice>,
    /// Present to leave the device out.
    pub no_device: Option<String>,
}

/// `BlockDeviceMapping.Ebs`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[serde(rename_all(serialize = "camelCase", deserialize = "PascalCase"))]
pub struct EbsBlockDevice {
    /// Whether it is encrypted.
    pub encrypted: Option<bool>,
    /// Whether it ends with the instance.
    pub delete_on_termination: Option<bool>,
    /// I/O operations per second.
    pub iops: Option<u32>,
    /// With which key.
    pub kms_key_id: Option<String>,
    /// From which snapshot.
    pub snapshot_id: Option<String>,
    /// GiB.
    pub volume_size: Option<u32>,
    /// For example `gp3`.
    pub volume_type: Option<String>,
    /// MiB per second.
    pub throughput: Option<u32>,
}

/// `TagSpecification`: tags for one kind of launched resource.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[serde(rename_all(serialize = "camelCase", deserialize = "PascalCase"))]
pub struct TagSpecification {
    /// `instance`, `volume` and so on.
    pub resource_type: Option<String>,
    /// The tags.
    #[serde(default, rename(serialize = "tagSet", deserialize = "Tag"))]
    pub tags: Vec<Tag>,
}

/// One tag.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[serde(rename_all(serialize = "camelCase", deserialize = "PascalCase"))]
pub struct Tag {
    /// Its key.
    pub key: String,
    /// Its value.
    #[serde(default)]
    pub value: String,
}

impl LaunchTemplateData {
    /// With these bytes as user data.
    pub fn with_user_data(mut self, bytes: &[u8]) -> Self {
        self.user_data = Some(BASE64.encode(bytes));
        self
    }

    /// This data over another version's: each parameter that is given replaces the other's whole. AWS does not say
    /// whether structures merge field by field; here they do not. Snapshots of block devices are not taken over: "Snapshots
    /// applied to the block device mapping are ignored when creating a new version unless they are explicitly included."
    /// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateLaunchTemplateVersion.html>
    pub(super) fn over(self, mut source: Self) -> Self {
        for device in source.block_device_mappings.iter_mut().flatten() {
            if let Some(ebs) = &mut device.ebs {
                ebs.snapshot_id = None;
            }
        }
        macro_rules! first {
            ($($field:ident),+ $(,)?) => { Self { $($field: self.$field.or(source.$field)),+ } };
        }
        first!(
            image_id,
            instance_type,
            key_name,
            ebs_optimized,
            disable_api_termination,
            disable_api_stop,
            instance_initiated_shutdown_behavior,
            user_data,
            iam_instance_profile,
            monitoring,
            metadata_options,
            credit_specification,
            security_group_ids,
            security_groups,
            block_device_mappings,
            tag_specifications,
        )
    }

    /// User data as the instance reads it.
    pub(crate) fn user_data_bytes(&self) -> Option<Vec<u8>> {
        self.user_data
            .as_ref()
            .and_then(|text| BASE64.decode(text).ok())
    }

    /// The sandbox's instance profiles have one role of the same name.
    pub(in crate::world) fn role(&self) -> Option<String> {
        let profile = self.iam_instance_profile.as_ref()?;
        let from_arn = || profile.arn.as_ref()?.rsplit('/').next();
        profile.name.as_deref().or_else(from_arn).map(str::to_owned)
    }

    pub(in crate::world) fn metadata_enabled(&self) -> bool {
        let options = self.metadata_options.as_ref();
        options.and_then(|o| o.http_endpoint.as_deref()) != Some("disabled")
    }

    pub(in crate::world) fn tokens_required(&self) -> bool {
        let tokens = self
            .metadata_options
            .as_ref()
            .and_then(|o| o.http_tokens.as_deref());
        tokens == Some("required")
    }

    pub(in crate::world) fn tags_in_metadata(&self) -> bool {
        let options = self.metadata_options.as_ref();
        options.and_then(|o| o.instance_metadata_tags.as_deref()) == Some("enabled")
    }

    pub(in crate::world) fn instance_tags(&self) -> BTreeMap<String, String> {
        let specifications = self.tag_specifications.iter().flatten();
        specifications
            .filter(|s| s.resource_type.as_deref() == Some("instance"))
            .flat_map(|s| {
                s.tags
                    .iter()
                    .map(|tag| (tag.key.clone(), tag.value.clone()))
            })
            .collect()
    }
}
