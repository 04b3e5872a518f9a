//! `CreateOrUpdateTags` and `DeleteTags`, for one group.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-tagging.html>

use jiff::Timestamp;

use crate::wire::error::ApiError;
use crate::world::{GroupTag, World};

/// The page above.
const MOST_TAGS: usize = 50;

impl World {
    /// `CreateOrUpdateTags`: a tag of the same key is replaced. Instances that run already keep theirs.
    ///
    /// # Errors
    /// `ValidationError` for an unknown group and for a tag that AWS does not take; `LimitExceeded` for the 51st.
    pub fn put_group_tags(
        &mut self,
        now: Timestamp,
        group: &str,
        tags: Vec<GroupTag>,
    ) -> Result<(), ApiError> {
        self.catch_up(now);
        let mut all = self.lasting_group(group)?.tags.clone();
        for tag in tags {
            check(&tag)?;
            match all.iter_mut().find(|before| before.key == tag.key) {
                Some(before) => *before = tag,
                None => all.push(tag),
            }
        }
        check_count(all.len())?;
        if let Some(group) = self.groups.get_mut(group) {
            group.tags = all;
        }
        Ok(())
    }

    /// `DeleteTags`. Keys that the group does not have are passed over.
    ///
    /// # Errors
    /// `ValidationError` for an unknown group.
    pub fn delete_group_tags(
        &mut self,
        now: Timestamp,
        group: &str,
        keys: &[String],
    ) -> Result<(), ApiError> {
        self.catch_up(now);
        self.lasting_group(group)?;
        if let Some(group) = self.groups.get_mut(group) {
            group.tags.retain(|tag| !keys.contains(&tag.key));
        }
        Ok(())
    }
}

pub(super) fn check_count(tags: usize) -> Result<(), ApiError> {
    if tags <= MOST_TAGS {
        return Ok(());
    }
    let message = format!("A group has at most {MOST_TAGS} tags.");
    Err(ApiError::new(400, "LimitExceeded", message))
}

pub(super) fn check(tag: &GroupTag) -> Result<(), ApiError> {
    let key = &tag.key;
    if key.to_ascii_lowercase().starts_with("aws:") {
        let message = format!("Tag keys starting with 'aws:' are reserved for AWS: {key}");
        return Err(ApiError::validation(message));
    }
    let (key_length, value_length) = (key.chars().count(), tag.value.chars().count());
    if !(1..=128).contains(&key_length) || value_length > 256 {
        return Err(ApiError::validation(format!(
            "A tag key has 1 to 128 characters and a value at most 256: {key}"
        )));
    }
    Ok(())
}
