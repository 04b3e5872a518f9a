//! The launch templates that there are, and how they are named.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use super::create::Tokens;
use super::{LaunchTemplateData, Tag};
use crate::wire::error::ApiError;
use crate::world::{LaunchTemplateId, World};

/// One launch template.
#[derive(Debug, Clone)]
pub struct LaunchTemplate {
    /// Its id.
    pub id: LaunchTemplateId,
    /// Its name.
    pub name: String,
    /// When it was created.
    pub created: Timestamp,
    /// What `$Default` means; moves only by `ModifyLaunchTemplate`.
    pub default_version: u64,
    /// The template's own tags.
    pub tags: Vec<Tag>,
    /// What the next version will be called; no number is used twice.
    pub(super) next_version: u64,
    /// Every version by number, from 1; never empty.
    pub versions: BTreeMap<u64, LaunchTemplateVersion>,
}

/// One version; never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaunchTemplateVersion {
    /// From 1, never used again.
    pub number: u64,
    /// For people.
    pub description: Option<String>,
    /// When it was created.
    pub created: Timestamp,
    /// What it says; shared by all who were launched from it.
    pub data: Arc<LaunchTemplateData>,
}

/// How a request names a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplateKey {
    /// `LaunchTemplateId`
    Id(LaunchTemplateId),
    /// `LaunchTemplateName`
    Name(String),
}

/// A template and which of its versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateRef {
    /// The template.
    pub id: LaunchTemplateId,
    /// The version.
    pub version: VersionSpec,
}

/// A version, by number or by what it is at the moment of use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VersionSpec {
    /// That one.
    Number(u64),
    /// The highest number there is.
    Latest,
    /// The one set as default.
    Default,
}

/// Every template of the Region, and the client tokens seen.
#[derive(Debug, Clone, Default)]
pub(in crate::world) struct Templates {
    pub(super) all: BTreeMap<LaunchTemplateId, LaunchTemplate>,
    pub(super) tokens: Tokens,
}

impl VersionSpec {
    /// A number, `$Latest` or `$Default`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "$Latest" => Some(Self::Latest),
            "$Default" => Some(Self::Default),
            _ => text.parse().ok().map(Self::Number),
        }
    }

    /// Whether it always means the same version.
    pub fn is_number(self) -> bool {
        matches!(self, Self::Number(_))
    }
}

impl fmt::Display for VersionSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Latest => f.write_str("$Latest"),
            Self::Default => f.write_str("$Default"),
        }
    }
}

impl TemplateRef {
    /// That template's version of that number.
    pub fn numbered(id: LaunchTemplateId, number: u64) -> Self {
        Self {
            id,
            version: VersionSpec::Number(number),
        }
    }
}

impl LaunchTemplate {
    /// The highest version number.
    pub fn latest_version(&self) -> u64 {
        self.versions
            .last_key_value()
            .map_or(0, |(number, _)| *number)
    }

    /// The number that is meant now; `None` if there is no such version.
    pub fn number(&self, version: VersionSpec) -> Option<u64> {
        let number = match version {
            VersionSpec::Number(number) => number,
            VersionSpec::Latest => self.latest_version(),
            VersionSpec::Default => self.default_version,
        };
        self.versions.contains_key(&number).then_some(number)
    }
}

impl World {
    /// Every launch template, by id.
    pub fn launch_templates(&self) -> impl Iterator<Item = &LaunchTemplate> {
        self.templates.all.values()
    }

    /// The template of that id or name, or EC2's error.
    ///
    /// # Errors
    /// `InvalidLaunchTemplateId.Malformed`, `InvalidLaunchTemplateId.NotFound`,
    /// `InvalidLaunchTemplateName.NotFoundException`.
    pub fn launch_template(&self, key: &TemplateKey) -> Result<&LaunchTemplate, ApiError> {
        match key {
            TemplateKey::Id(id) => self.template_by_id(id),
            TemplateKey::Name(name) => {
                let found = self.launch_templates().find(|t| t.name == *name);
                found.ok_or_else(|| {
                    let code = "InvalidLaunchTemplateName.NotFoundException";
                    let message = format!(
                        "At least one of the launch templates specified in the request does not \
                         exist: {name}."
                    );
                    ApiError::new(400, code, message)
                })
            }
        }
    }

    fn template_by_id(&self, id: &LaunchTemplateId) -> Result<&LaunchTemplate, ApiError> {
        if !id.is_well_formed() {
            let message = format!("Invalid launch template ID format: '{id}'");
            return Err(ApiError::new(
                400,
                "InvalidLaunchTemplateId.Malformed",
                message,
            ));
        }
        self.templates.all.get(id).ok_or_else(|| {
            let message =
                format!("The specified launch template, with template ID {id}, does not exist.");
            ApiError::new(400, "InvalidLaunchTemplateId.NotFound", message)
        })
    }
}
