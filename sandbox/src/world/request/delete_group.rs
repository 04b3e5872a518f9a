//! `DeleteAutoScalingGroup`.

use jiff::Timestamp;

use crate::wire::error::ApiError;
use crate::world::{Group, InstanceId, World};

impl World {
    /// `DeleteAutoScalingGroup`. An empty group is gone at once. With `force` its members are terminated without draining or
    /// hooks, and the group is gone with the last of them; until then it takes no more changes.
    ///
    /// # Errors
    /// Without `force`, `ResourceInUse` while there are members and `ScalingActivityInProgress` while somebody is on the way in
    /// or out; `ValidationError` for an unknown group.
    pub fn delete_group(
        &mut self,
        now: Timestamp,
        name: &str,
        force: bool,
    ) -> Result<(), ApiError> {
        self.catch_up(now);
        let group = self.known_group(name)?;
        if !force {
            group.check_deletable()?;
        }
        let ids: Vec<InstanceId> = group.members.keys().cloned().collect();
        if let Some(group) = self.groups.get_mut(name) {
            group.deleting = true;
        }
        for id in ids {
            self.evict(&id);
        }
        self.bury(name);
        self.settle();
        Ok(())
    }

    /// Takes a group away that is being deleted, once nobody is left in it. Its activities can still be asked for.
    pub(in crate::world) fn bury(&mut self, name: &str) {
        if self.groups.get(name).is_some_and(Group::is_deleted)
            && let Some(group) = self.groups.remove(name)
        {
            self.drop_policies(name);
            self.deleted_groups.push(group);
        }
    }

    /// The groups that were there once, in the order of their end.
    pub fn deleted_groups(&self) -> &[Group] {
        &self.deleted_groups
    }
}

impl Group {
    /// Whether it is gone.
    pub fn is_deleted(&self) -> bool {
        self.deleting && self.members.is_empty()
    }

    fn check_deletable(&self) -> Result<(), ApiError> {
        if self.members.values().any(|m| m.lifecycle.is_moving()) {
            let message = "You cannot delete an AutoScalingGroup while there are scaling activities \
                           in progress for that group.";
            return Err(ApiError::new(400, "ScalingActivityInProgress", message));
        }
        if !self.members.is_empty() {
            let message = "You cannot delete an AutoScalingGroup while there are instances or \
                           pending Spot instance request(s) still in the group.";
            return Err(ApiError::new(400, "ResourceInUse", message));
        }
        Ok(())
    }
}
