//! Deleting launch templates and versions of them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::create_templates::OneTemplate;
use super::request::{check_dry_run, template_key};
use super::template_view::TemplateView;
use crate::wire::error::ApiError;
use crate::world::{Kept, TemplateKey, World};

/// One request deletes at most so many versions.
const MOST: usize = 200;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Delete {
    launch_template_id: Option<String>,
    launch_template_name: Option<String>,
    dry_run: Option<bool>,
}

pub(super) fn delete(
    world: &mut World,
    now: Timestamp,
    request: Delete,
) -> Result<OneTemplate, ApiError> {
    check_dry_run(request.dry_run)?;
    let key = template_key(request.launch_template_id, request.launch_template_name)?;
    let template = world.delete_template(now, &key)?;
    Ok(OneTemplate {
        launch_template: TemplateView::new(world, &template),
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct DeleteVersions {
    launch_template_id: Option<String>,
    launch_template_name: Option<String>,
    #[serde(default, rename = "LaunchTemplateVersion")]
    versions: Vec<u64>,
    dry_run: Option<bool>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeletedVersions {
    successfully_deleted_launch_template_version_set: Vec<Deleted>,
    unsuccessfully_deleted_launch_template_version_set: Vec<NotDeleted>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Deleted {
    launch_template_id: String,
    launch_template_name: String,
    version_number: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct NotDeleted {
    launch_template_id: String,
    launch_template_name: String,
    version_number: u64,
    response_error: ResponseError,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ResponseError {
    code: &'static str,
    message: String,
}

/// Each version by itself: what cannot go is told beside what has gone.
pub(super) fn delete_versions(
    world: &mut World,
    now: Timestamp,
    request: DeleteVersions,
) -> Result<DeletedVersions, ApiError> {
    check_dry_run(request.dry_run)?;
    let key = template_key(request.launch_template_id, request.launch_template_name)?;
    if !(1..=MOST).contains(&request.versions.len()) {
        let message = format!("The request must name between 1 and {MOST} versions");
        return Err(ApiError::new(400, "InvalidParameterValue", message));
    }
    let template = world.launch_template(&key)?;
    let (id, name) = (template.id.clone(), template.name.clone());
    let key = TemplateKey::Id(id.clone());
    let mut answer = DeletedVersions::default();
    for number in request.versions {
        let named = (id.to_string(), name.clone(), number);
        answer.add(named, world.delete_template_version(now, &key, number)?);
    }
    Ok(answer)
}

impl DeletedVersions {
    fn add(
        &mut self,
        (launch_template_id, launch_template_name, version_number): (String, String, u64),
        outcome: Result<(), Kept>,
    ) {
        match outcome {
            Ok(()) => self
                .successfully_deleted_launch_template_version_set
                .push(Deleted {
                    launch_template_id,
                    launch_template_name,
                    version_number,
                }),
            Err(kept) => self
                .unsuccessfully_deleted_launch_template_version_set
                .push(NotDeleted {
                    launch_template_id,
                    launch_template_name,
                    version_number,
                    response_error: ResponseError {
                        code: kept.code(),
                        message: kept.message(version_number),
                    },
                }),
        }
    }
}
