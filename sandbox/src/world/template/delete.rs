//! Deleting templates and versions. Instances that run are not concerned; a group that launches from what is gone cannot
//! launch any more.
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/delete-launch-template.html>

use jiff::Timestamp;

use super::store::{LaunchTemplate, TemplateKey};
use crate::wire::error::ApiError;
use crate::world::World;

/// Why one version stays, in the words of `ResponseError`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// There is none of that number.
    NotThere,
    /// The default version can only go with its template.
    Default,
}

impl Kept {
    /// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ResponseError.html>
    pub fn code(self) -> &'static str {
        match self {
            Self::NotThere => "launchTemplateVersionDoesNotExist",
            Self::Default => "unexpectedError",
        }
    }

    /// In a sentence (own choice: AWS's is not documented).
    pub fn message(self, number: u64) -> String {
        match self {
            Self::NotThere => {
                format!("The specified launch template version {number} does not exist.")
            }
            Self::Default => {
                format!("Version {number} is the default version and cannot be deleted.")
            }
        }
    }
}

impl World {
    /// `DeleteLaunchTemplate`: the template with all of its versions. Returns what it was.
    ///
    /// # Errors
    /// The template's.
    pub fn delete_template(
        &mut self,
        now: Timestamp,
        key: &TemplateKey,
    ) -> Result<LaunchTemplate, ApiError> {
        self.catch_up(now);
        let template = self.launch_template(key)?.clone();
        self.templates.all.remove(&template.id);
        let tokens = &mut self.templates.tokens;
        tokens.templates.retain(|_, (_, id)| *id != template.id);
        tokens.versions.retain(|_, (_, id, _)| *id != template.id);
        Ok(template)
    }

    /// `DeleteLaunchTemplateVersions`, for one of them. Its number is never used again.
    ///
    /// # Errors
    /// The template's. The version's own reason to stay is the inner result.
    pub fn delete_template_version(
        &mut self,
        now: Timestamp,
        key: &TemplateKey,
        number: u64,
    ) -> Result<Result<(), Kept>, ApiError> {
        self.catch_up(now);
        let id = self.launch_template(key)?.id.clone();
        let tokens = &mut self.templates.tokens;
        let Some(template) = self.templates.all.get_mut(&id) else {
            return Ok(Err(Kept::NotThere));
        };
        if number == template.default_version {
            return Ok(Err(Kept::Default));
        }
        if template.versions.remove(&number).is_none() {
            return Ok(Err(Kept::NotThere));
        }
        let of_version = |of: &(_, _, u64)| of.1 == id && of.2 == number;
        tokens.versions.retain(|_, of| !of_version(of));
        Ok(Ok(()))
    }
}
