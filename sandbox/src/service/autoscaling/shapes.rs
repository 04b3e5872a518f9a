//! Shapes that several operations share.

use serde::{Deserialize, Serialize};

use crate::wire::error::ApiError;
use crate::world::{
    InstanceId, LaunchTemplateId, ResolvedVersion, TemplateKey, TemplateRef, VersionSpec, World,
};

/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_LaunchTemplateSpecification.html>
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct LaunchTemplateSpecification {
    launch_template_id: Option<String>,
    launch_template_name: Option<String>,
    version: Option<String>,
}

impl LaunchTemplateSpecification {
    /// The reference; the version is `$Default` if none is given.
    pub(super) fn to_ref(&self, world: &World) -> Result<TemplateRef, ApiError> {
        let key = match (&self.launch_template_id, &self.launch_template_name) {
            (Some(id), None) => TemplateKey::Id(LaunchTemplateId::new(id)),
            (None, Some(name)) => TemplateKey::Name(name.clone()),
            _ => {
                return Err(ApiError::validation(
                    "Valid requests must contain either launchTemplateId or LaunchTemplateName",
                ));
            }
        };
        let formed = |why: &str| {
            ApiError::validation(format!(
                "You must use a valid fully-formed launch template. {why}"
            ))
        };
        let template = world
            .launch_template(&key)
            .map_err(|e| formed(&e.message))?;
        let text = self.version.as_deref().unwrap_or("$Default");
        let version = VersionSpec::parse(text)
            .ok_or_else(|| formed(&format!("Invalid launch template version: {text}")))?;
        Ok(TemplateRef {
            id: template.id.clone(),
            version,
        })
    }

    /// The reference as it was given, aliases included.
    pub(super) fn from_ref(world: &World, template: &TemplateRef) -> Self {
        let found = world.launch_template(&TemplateKey::Id(template.id.clone()));
        Self {
            launch_template_id: Some(template.id.to_string()),
            launch_template_name: found.ok().map(|t| t.name.clone()),
            version: Some(template.version.to_string()),
        }
    }

    /// What an instance was launched from.
    pub(super) fn from_version(version: &ResolvedVersion) -> Self {
        Self {
            launch_template_id: Some(version.id.to_string()),
            launch_template_name: Some(version.name.clone()),
            version: Some(version.number.to_string()),
        }
    }
}

/// A filter by name and values.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Filter {
    pub(super) name: String,
    #[serde(default)]
    pub(super) values: Vec<String>,
}

impl Filter {
    pub(super) fn has(&self, value: &str) -> bool {
        self.values.iter().any(|v| v == value)
    }

    pub(super) fn unknown(&self) -> ApiError {
        let name = &self.name;
        ApiError::validation(format!(
            "Filter type {name} is not correct, or the sandbox does not model it."
        ))
    }
}

/// `Healthy` or `Unhealthy`.
pub(super) fn health_status(health: crate::world::Health) -> &'static str {
    match health {
        crate::world::Health::Healthy => "Healthy",
        crate::world::Health::Unhealthy(_) => "Unhealthy",
    }
}

/// The instances that an operation names: at least one, at most so many, each once.
pub(super) fn instance_ids(named: &[String], most: usize) -> Result<Vec<InstanceId>, ApiError> {
    if named.is_empty() {
        return Err(ApiError::validation(
            "At least one instance ID must be specified.",
        ));
    }
    if named.len() > most {
        return Err(ApiError::validation(format!(
            "The number of instance IDs exceeds the limit of {most}."
        )));
    }
    let mut ids: Vec<_> = named.iter().map(InstanceId::new).collect();
    ids.sort();
    ids.dedup();
    Ok(ids)
}
