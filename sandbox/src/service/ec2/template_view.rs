//! Launch templates and versions as EC2 shows them.

use jiff::Timestamp;
use serde::Serialize;

use crate::world::{LaunchTemplate, LaunchTemplateData, LaunchTemplateVersion, Tag, World};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_LaunchTemplate.html>
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TemplateView {
    launch_template_id: String,
    launch_template_name: String,
    create_time: Timestamp,
    created_by: String,
    default_version_number: u64,
    latest_version_number: u64,
    tag_set: Vec<Tag>,
}

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_LaunchTemplateVersion.html>
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct VersionView {
    launch_template_id: String,
    launch_template_name: String,
    version_number: u64,
    version_description: Option<String>,
    create_time: Timestamp,
    created_by: String,
    default_version: bool,
    launch_template_data: LaunchTemplateData,
}

impl TemplateView {
    pub(super) fn new(world: &World, template: &LaunchTemplate) -> Self {
        Self {
            launch_template_id: template.id.to_string(),
            launch_template_name: template.name.clone(),
            create_time: template.created,
            created_by: creator(world),
            default_version_number: template.default_version,
            latest_version_number: template.latest_version(),
            tag_set: template.tags.clone(),
        }
    }
}

impl VersionView {
    pub(super) fn new(
        world: &World,
        template: &LaunchTemplate,
        version: &LaunchTemplateVersion,
    ) -> Self {
        Self {
            launch_template_id: template.id.to_string(),
            launch_template_name: template.name.clone(),
            version_number: version.number,
            version_description: version.description.clone(),
            create_time: version.created,
            created_by: creator(world),
            default_version: version.number == template.default_version,
            launch_template_data: LaunchTemplateData::clone(&version.data),
        }
    }
}

fn creator(world: &World) -> String {
    format!("arn:aws:iam::{}:user/sandbox", world.identity().account)
}
