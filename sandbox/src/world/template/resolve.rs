//! From a reference to what is launched: which version is meant now, and whether an instance can be made from it.

use std::sync::Arc;

use super::{LaunchTemplateData, TemplateKey, TemplateRef, store::Templates};
use crate::wire::error::ApiError;
use crate::world::{LaunchTemplateId, World};

/// A version that a reference has come to mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedVersion {
    /// The template's id.
    pub id: LaunchTemplateId,
    /// The template's name.
    pub name: String,
    /// The version's number.
    pub number: u64,
}

/// Everything that a launch needs.
#[derive(Debug)]
pub(in crate::world) struct Image {
    pub(in crate::world) version: ResolvedVersion,
    pub(in crate::world) ami: String,
    pub(in crate::world) instance_type: String,
    pub(in crate::world) data: Arc<LaunchTemplateData>,
}

impl Templates {
    /// The version that is meant now.
    pub(in crate::world) fn resolve(&self, template: &TemplateRef) -> Option<ResolvedVersion> {
        let found = self.all.get(&template.id)?;
        let number = found.number(template.version)?;
        Some(ResolvedVersion {
            id: found.id.clone(),
            name: found.name.clone(),
            number,
        })
    }
}

impl World {
    /// What is launched from the reference now.
    pub(in crate::world) fn image(&self, template: &TemplateRef) -> Result<Image, ApiError> {
        let key = TemplateKey::Id(template.id.clone());
        let found = self
            .launch_template(&key)
            .map_err(|e| not_formed(&e.message))?;
        let number = found
            .number(template.version)
            .ok_or_else(|| not_formed(&found.no_version(template.version).message))?;
        let data = Arc::clone(&found.versions[&number].data);
        let lacking = |name| not_formed(&format!("The request must contain the parameter {name}"));
        let ami = data.image_id.clone().ok_or_else(|| lacking("ImageId"))?;
        let instance_type = data
            .instance_type
            .clone()
            .ok_or_else(|| lacking("InstanceType"))?;
        data.check_tag_keys(data.instance_tags().keys())
            .map_err(|e| not_formed(&e.message))?;
        let version = ResolvedVersion {
            id: found.id.clone(),
            name: found.name.clone(),
            number,
        };
        Ok(Image {
            version,
            ami,
            instance_type,
            data,
        })
    }

    /// # Errors
    /// `ValidationError` if no instance could be launched from it.
    pub(in crate::world) fn check_launchable(
        &self,
        template: &TemplateRef,
    ) -> Result<(), ApiError> {
        self.image(template).map(drop)
    }

    /// The version that a reference means now, if there is one.
    pub fn resolve(&self, template: &TemplateRef) -> Option<ResolvedVersion> {
        self.templates.resolve(template)
    }
}

/// How Auto Scaling passes on what EC2 says about a launch template.
fn not_formed(why: &str) -> ApiError {
    ApiError::validation(format!(
        "You must use a valid fully-formed launch template. {why}"
    ))
}
