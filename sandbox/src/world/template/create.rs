//! How templates and versions come about, and how the default moves. Templates and versions cannot be deleted yet.
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/manage-launch-template-versions.html>

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{
    LaunchTemplate, LaunchTemplateData, LaunchTemplateVersion, Tag, TemplateKey, VersionSpec,
};
use crate::wire::error::ApiError;
use crate::world::{LaunchTemplateId, World};

/// `VersionDescription` has at most so many characters.
const LONGEST_DESCRIPTION: usize = 255;

/// And `ClientToken` so many.
const LONGEST_TOKEN: usize = 128;

/// What `CreateLaunchTemplate` asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CreateTemplate {
    /// Unique in the Region.
    pub name: String,
    /// Version 1.
    pub data: LaunchTemplateData,
    /// Of version 1.
    pub description: Option<String>,
    /// The template's own tags.
    pub tags: Vec<Tag>,
    /// The same token with the same request is the same call.
    pub client_token: Option<String>,
}

/// What `CreateLaunchTemplateVersion` asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateVersion {
    /// Of which template.
    pub template: TemplateKey,
    /// Over which version; none, and the new one holds only what is given.
    pub source: Option<VersionSpec>,
    /// What it says.
    pub data: LaunchTemplateData,
    /// For people.
    pub description: Option<String>,
    /// The same token with the same request is the same call.
    pub client_token: Option<String>,
}

/// What was answered to which token. AWS does not say for how long it remembers; here for ever.
#[derive(Debug, Clone, Default)]
pub(super) struct Tokens {
    pub(super) templates: BTreeMap<String, (CreateTemplate, LaunchTemplateId)>,
    pub(super) versions: BTreeMap<String, (CreateVersion, LaunchTemplateId, u64)>,
}

impl World {
    /// Creates a template in process, with nothing but a name and data.
    ///
    /// # Errors
    /// As [`World::create_template`].
    pub fn create_launch_template(
        &mut self,
        now: Timestamp,
        name: &str,
        data: LaunchTemplateData,
    ) -> Result<LaunchTemplateId, ApiError> {
        let name = name.to_owned();
        let request = CreateTemplate {
            name,
            data,
            ..CreateTemplate::default()
        };
        self.create_template(now, request)
    }

    /// `CreateLaunchTemplate`. Returns the id.
    ///
    /// # Errors
    /// `InvalidLaunchTemplateName.AlreadyExistsException`, `InvalidLaunchTemplateName.MalformedException`,
    /// `IdempotentParameterMismatch`, and what is wrong with the data.
    pub fn create_template(
        &mut self,
        now: Timestamp,
        request: CreateTemplate,
    ) -> Result<LaunchTemplateId, ApiError> {
        self.catch_up(now);
        check_token(request.client_token.as_deref())?;
        if let Some(token) = &request.client_token
            && let Some((seen, id)) = self.templates.tokens.templates.get(token)
        {
            return if *seen == request {
                Ok(id.clone())
            } else {
                Err(mismatch(token))
            };
        }
        self.check_new_name(&request.name)?;
        check_version(&request.data, request.description.as_deref())?;
        let id = self.mint.launch_template();
        if let Some(token) = &request.client_token {
            let seen = (request.clone(), id.clone());
            self.templates.tokens.templates.insert(token.clone(), seen);
        }
        let first = version(1, request.data, request.description, self.now);
        let template = LaunchTemplate {
            id: id.clone(),
            name: request.name,
            created: self.now,
            default_version: 1,
            next_version: 2,
            tags: request.tags,
            versions: BTreeMap::from([(1, first)]),
        };
        self.templates.all.insert(id.clone(), template);
        Ok(id)
    }

    /// `CreateLaunchTemplateVersion`. The default stays where it is. Returns the template and the new number.
    ///
    /// # Errors
    /// The template's, `InvalidLaunchTemplateId.VersionNotFound` for the source, `IdempotentParameterMismatch`, and what is
    /// wrong with the data.
    pub fn create_template_version(
        &mut self,
        now: Timestamp,
        request: CreateVersion,
    ) -> Result<(LaunchTemplateId, u64), ApiError> {
        self.catch_up(now);
        check_token(request.client_token.as_deref())?;
        if let Some(token) = &request.client_token
            && let Some((seen, id, number)) = self.templates.tokens.versions.get(token)
        {
            let again = (id.clone(), *number);
            return if *seen == request {
                Ok(again)
            } else {
                Err(mismatch(token))
            };
        }
        check_version(&request.data, request.description.as_deref())?;
        let template = self.launch_template(&request.template)?;
        let data = match request.source {
            None => request.data.clone(),
            Some(source) => request.data.clone().over(template.data(source)?),
        };
        let (id, number) = (template.id.clone(), template.next_version);
        let new = version(number, data, request.description.clone(), self.now);
        if let Some(template) = self.templates.all.get_mut(&id) {
            template.versions.insert(number, new);
            template.next_version = number + 1;
        }
        if let Some(token) = request.client_token.clone() {
            self.templates
                .tokens
                .versions
                .insert(token, (request, id.clone(), number));
        }
        Ok((id, number))
    }

    /// `ModifyLaunchTemplate`: moves the default.
    ///
    /// # Errors
    /// The template's, `InvalidLaunchTemplateId.VersionNotFound`.
    pub fn set_default_version(
        &mut self,
        now: Timestamp,
        key: &TemplateKey,
        to: VersionSpec,
    ) -> Result<&LaunchTemplate, ApiError> {
        self.catch_up(now);
        let template = self.launch_template(key)?;
        let number = template.number(to).ok_or_else(|| template.no_version(to))?;
        let id = template.id.clone();
        if let Some(template) = self.templates.all.get_mut(&id) {
            template.default_version = number;
        }
        self.launch_template(key)
    }

    fn check_new_name(&self, name: &str) -> Result<(), ApiError> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "().-/_".contains(c);
        if !(3..=128).contains(&name.len()) || !name.chars().all(allowed) {
            let message = "A launch template name must be between 3 and 128 characters, and may \
                           contain letters, numbers, and the following characters: - ( ) . / _.";
            let code = "InvalidLaunchTemplateName.MalformedException";
            return Err(ApiError::new(400, code, message));
        }
        if self.launch_templates().any(|t| t.name == name) {
            let code = "InvalidLaunchTemplateName.AlreadyExistsException";
            return Err(ApiError::new(
                400,
                code,
                "Launch template name already in use.",
            ));
        }
        Ok(())
    }
}

impl LaunchTemplate {
    fn data(&self, version: VersionSpec) -> Result<LaunchTemplateData, ApiError> {
        let number = self
            .number(version)
            .ok_or_else(|| self.no_version(version))?;
        Ok(LaunchTemplateData::clone(&self.versions[&number].data))
    }

    pub(super) fn no_version(&self, version: VersionSpec) -> ApiError {
        let message = format!(
            "Could not find the specified version {version} for the launch template with ID {}.",
            self.id
        );
        ApiError::new(400, "InvalidLaunchTemplateId.VersionNotFound", message)
    }
}

fn version(
    number: u64,
    data: LaunchTemplateData,
    description: Option<String>,
    created: Timestamp,
) -> LaunchTemplateVersion {
    LaunchTemplateVersion {
        number,
        description,
        created,
        data: data.into(),
    }
}

fn check_version(data: &LaunchTemplateData, description: Option<&str>) -> Result<(), ApiError> {
    if description.is_some_and(|text| text.chars().count() > LONGEST_DESCRIPTION) {
        let message = "VersionDescription must not be longer than 255 characters";
        return Err(ApiError::new(400, "InvalidParameterValue", message));
    }
    data.check()
}

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateLaunchTemplate.html>
fn check_token(token: Option<&str>) -> Result<(), ApiError> {
    if token.is_some_and(|token| token.chars().count() > LONGEST_TOKEN) {
        let message = format!("ClientToken must have at most {LONGEST_TOKEN} characters");
        return Err(ApiError::new(400, "InvalidParameterValue", message));
    }
    Ok(())
}

fn mismatch(token: &str) -> ApiError {
    let message = format!("Client token already used before with different parameters: {token}");
    ApiError::new(400, "IdempotentParameterMismatch", message)
}
