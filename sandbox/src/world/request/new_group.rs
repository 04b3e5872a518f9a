//! What AWS does not take in a new group: its name, and what a request may not say twice.
//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_CreateAutoScalingGroup.html>

use std::collections::BTreeSet;

use super::{put_hook, tags};
use crate::wire::error::ApiError;
use crate::world::{GroupSpec, Place};

impl GroupSpec {
    /// # Errors
    /// `ValidationError`; `LimitExceeded` for more hooks or tags than a group may have.
    pub(in crate::world) fn check(&self) -> Result<(), ApiError> {
        check_name(&self.name)?;
        super::check_bounds(self.min, self.max, self.desired)?;
        put_hook::check_count(self.hooks.len())?;
        tags::check_count(self.tags.len())?;
        for tag in &self.tags {
            tags::check(tag)?;
        }
        check_once("lifecycle hook", self.hooks.iter().map(|hook| &hook.name))?;
        check_once("tag", self.tags.iter().map(|tag| &tag.key))?;
        self.place.as_ref().map_or(Ok(()), Place::check)
    }
}

impl Place {
    /// Own choice: AWS does not say what it makes of a zone that is named twice.
    ///
    /// # Errors
    /// `ValidationError`
    pub(in crate::world) fn check(&self) -> Result<(), ApiError> {
        check_once("Availability Zone", self.zones.iter())
    }
}

/// ASCII without control characters, blanks and colons.
fn check_name(name: &str) -> Result<(), ApiError> {
    let allowed = |c: char| c.is_ascii_graphic() && c != ':';
    if (1..=255).contains(&name.len()) && name.chars().all(allowed) {
        return Ok(());
    }
    Err(ApiError::validation(format!(
        "The name of a group has 1 to 255 characters from ASCII 33 to 126 without the colon, which \
         {name:?} has not."
    )))
}

fn check_once<'a>(what: &str, names: impl Iterator<Item = &'a String>) -> Result<(), ApiError> {
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            let message = format!("The {what} {name} is given more than once.");
            return Err(ApiError::validation(message));
        }
    }
    Ok(())
}
