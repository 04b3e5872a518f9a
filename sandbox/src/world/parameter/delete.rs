//! Deleting parameters, and the half minute after it.

use std::time::Duration;

use jiff::Timestamp;

use super::store::not_found;
use crate::wire::error::ApiError;
use crate::world::World;

/// "After deleting a parameter, wait for at least 30 seconds to create a parameter with the same name."
/// <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameter.html>
const AFTERGLOW: Duration = Duration::from_secs(30);

impl World {
    /// `DeleteParameter`: every version goes; a parameter of that name begins at version 1 again.
    ///
    /// # Errors
    /// `ParameterNotFound`.
    pub fn delete_parameter(&mut self, now: Timestamp, name: &str) -> Result<(), ApiError> {
        self.catch_up(now);
        self.parameters.all.remove(name).ok_or_else(not_found)?;
        let now = self.now;
        self.parameters
            .deleted
            .retain(|_, at| *at + AFTERGLOW > now);
        self.parameters.deleted.insert(name.to_owned(), now);
        Ok(())
    }

    /// What AWS does with those who do not wait is not documented; here they are told (own choice), so that nothing comes to
    /// depend on luck.
    pub(super) fn check_not_just_deleted(&self, name: &str) -> Result<(), ApiError> {
        let gone = self.parameters.deleted.get(name);
        if gone.is_none_or(|at| *at + AFTERGLOW <= self.now) {
            return Ok(());
        }
        let message = format!(
            "{name} was deleted less than {} seconds ago. Wait before you create a parameter with the same name.",
            AFTERGLOW.as_secs()
        );
        Err(ApiError::new(400, "TooManyUpdates", message))
    }
}
