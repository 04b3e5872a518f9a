//! The way in: `Pending`, launch hooks in `Pending:Wait`, `Pending:Proceed` with registration, `InService`.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-lifecycle.html>

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;

use jiff::Timestamp;

use super::activity::ActivityStatus;
use super::agenda::Timer;
use super::member::{Departure, Step, Why};
use super::template::Image;
use super::{
    ChangeKind, Effect, Group, Health, HookEnd, HookTransition, Instance, InstanceId,
    InstanceState, Launch, Lifecycle, Member, Process, World, cause,
};
use crate::wire::error::ApiError;

impl World {
    /// Launches one member for `name` in the emptiest zone. Without a launchable template nothing happens but a failed
    /// activity and a longer wait until the next try.
    pub(super) fn launch(&mut self, name: &str, why: Why) {
        let image = match self.launch_image(name) {
            Ok(image) => image,
            Err(error) => return self.launch_impossible(name, &error.message),
        };
        let zone = self.emptiest_zone(name);
        if self.is_short(name, &zone) {
            return self.launch_refused(name, &zone, &image.instance_type);
        }
        let id = self.mint.instance();
        let activity = self.open_launch_activity(name, &id, why);
        let Some(group) = self.groups.get_mut(name) else {
            return;
        };
        let instance = machine(group, &id, &zone, &image, self.now);
        let member = Member {
            id: id.clone(),
            zone,
            instance_type: image.instance_type.clone(),
            lifecycle: Lifecycle::Pending,
            since: self.now,
            health: Health::Healthy,
            template: image.version,
            launched_at: self.now,
            in_service_since: None,
            hooks: Vec::new(),
            protected: group.new_instances_protected,
            why,
            departure: None,
            generation: group.active_refresh().and_then(super::Refresh::generation),
            activity,
        };
        group.members.insert(member);
        if why == Why::Rebalance {
            group.rebalancing.insert(id.clone());
        }
        self.instances.insert(id.clone(), instance);
        self.note(&id, ChangeKind::Lifecycle(Lifecycle::Pending));
        self.agenda
            .remind(self.now + self.timings.instance_pending, Timer::Boot(id));
    }

    /// What the next member is launched from: the configuration of the refresh under way, else the group's own.
    fn launch_image(&self, name: &str) -> Result<Image, ApiError> {
        let group = self.known_group(name)?;
        let image = self.image(group.launch_template())?;
        let tags = tags(group, &image);
        image.data.check_tag_keys(tags.keys()).map_err(|error| {
            let message = format!("{}. Launching EC2 instance failed.", error.message);
            ApiError::validation(message)
        })?;
        Ok(image)
    }

    fn launch_impossible(&mut self, name: &str, reason: &str) {
        self.failed_launch_activity(name, reason);
        self.count_launch_failure(name);
    }

    /// The zone with the fewest live members; the first of equals. A zone without capacity comes last. During an instance refresh
    /// only those count who will not be replaced, so that the zones are balanced when it ends (own choice).
    /// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/auto-scaling-benefits.html>
    pub(super) fn emptiest_zone(&self, name: &str) -> String {
        let Some(group) = self.groups.get(name) else {
            return String::new();
        };
        let live = group.members.live_by_zone();
        let staying = group
            .active_refresh()
            .filter(|refresh| refresh.generation().is_some())
            .map(|refresh| self.staying_by_zone(group, refresh));
        let count = |zone: &str| {
            let staying = staying.as_ref().map(|staying| staying.get(zone).copied());
            (staying, live.get(zone).copied())
        };
        let zones = group.place.zones.iter();
        zones
            .min_by_key(|zone| (group.avoids(zone, self.now), count(zone)))
            .cloned()
            .unwrap_or_default()
    }

    /// EC2 starts the machine, unless it has been told to go in the meantime.
    pub(super) fn boot(&mut self, id: &InstanceId) {
        let Some(instance) = self.instances.get_mut(id) else {
            return;
        };
        if instance.state != InstanceState::Pending {
            return;
        }
        instance.booted = true;
        self.outbox.push(Effect::Launch(Launch {
            instance: id.clone(),
            user_data: instance.data.user_data_bytes(),
            tags: instance.tags.clone(),
            zone: instance.zone.clone(),
            image_id: instance.image_id.clone(),
            instance_type: instance.instance_type.clone(),
        }));
    }

    /// Input: the machine runs and has this address. Only the first call for a pending instance counts.
    pub fn instance_running(&mut self, now: Timestamp, id: &InstanceId, address: Ipv4Addr) {
        self.catch_up(now);
        let Some(instance) = self.instances.get_mut(id) else {
            return;
        };
        if instance.state != InstanceState::Pending {
            return;
        }
        instance.state = InstanceState::Running;
        instance.address = Some(address);
        if self.hooks_of(id, HookTransition::Launching).is_empty() {
            if self.step(id, Step::StartedToProceed) {
                self.register(id);
            }
        } else if self.step(id, Step::StartedToHooks) {
            self.open_hooks(id, HookTransition::Launching);
            self.activity_status(id, ActivityStatus::MidLifecycleAction);
        }
    }

    /// Every launch hook said CONTINUE.
    pub(super) fn proceed_launch(&mut self, id: &InstanceId) {
        if self.step(id, Step::HooksDone) {
            self.activity_status(id, ActivityStatus::InProgress);
            self.register(id);
        }
    }

    /// A launch hook said ABANDON, or nothing in time: the remaining hooks are dropped, the instance goes the way of every leaving one.
    pub(super) fn abandon_launch(&mut self, id: &InstanceId, token: &str, end: HookEnd) {
        let reason = cause::abandoned(token, end);
        self.fail_launch(id, &reason);
        self.leave(id, Departure::LaunchAbandoned);
    }

    /// Ends the launching activity in failure and makes the group wait before the next try.
    pub(super) fn fail_launch(&mut self, id: &InstanceId, reason: &str) {
        self.cancel_launch_activity(id, reason);
        if let Some(name) = self.instances.get(id).map(|i| i.group.clone()) {
            self.count_launch_failure(&name);
        }
    }

    /// A member that comes while `AddToLoadBalancer` is suspended is never registered, not even when the process is resumed.
    /// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-suspend-resume-processes.html>
    pub(super) fn register(&mut self, id: &InstanceId) {
        if !self.is_suspended_for(id, Process::AddToLoadBalancer) && self.is_alive(id) {
            for arn in self.target_groups_of(id) {
                self.register_target(&arn, id);
            }
        }
        self.agenda.remind(
            self.now + self.timings.registration,
            Timer::Registered(id.clone()),
        );
    }

    /// The registration is through: the member serves, and grace and warmup begin.
    pub(super) fn enter_service(&mut self, id: &InstanceId) {
        for arn in self.target_groups_of(id) {
            self.begin_health_checks(&arn, id);
        }
        if !self.step(id, Step::Registered) {
            return;
        }
        let now = self.now;
        if let Some(member) = self.member_mut(id) {
            member.in_service_since = Some(now);
        }
        self.end_activity(id);
        self.launch_succeeded(id);
        self.check_again(id);
    }

    fn launch_succeeded(&mut self, id: &InstanceId) {
        let name = self
            .instances
            .get(id)
            .map(|i| i.group.clone())
            .unwrap_or_default();
        if let Some(group) = self.groups.get_mut(&name) {
            group.launch_failures = 0;
            group.launch_not_before = None;
        }
    }

    /// Own choice: AWS throttles the launches of a group whose hooks keep failing, without saying how. Here the wait after
    /// the n-th failure in a row is the base times 2^(n-1), up to the cap; a success or another configuration ends it.
    /// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/lifecycle-hooks.html>
    pub(super) fn count_launch_failure(&mut self, name: &str) {
        let (base, cap) = (self.timings.launch_backoff, self.timings.launch_backoff_cap);
        let now = self.now;
        let Some(group) = self.groups.get_mut(name) else {
            return;
        };
        let doublings = group.launch_failures.min(16);
        group.launch_failures += 1;
        let at = now + base.saturating_mul(1 << doublings).min(cap);
        group.launch_not_before = Some(at);
        self.agenda.remind(at, Timer::Look(name.to_owned()));
    }

    /// The target groups that the member's group is attached to.
    pub(super) fn target_groups_of(&self, id: &InstanceId) -> Vec<String> {
        let group = self
            .instances
            .get(id)
            .and_then(|i| self.groups.get(&i.group));
        group.map(|g| g.target_groups.clone()).unwrap_or_default()
    }
}

fn machine(group: &Group, id: &InstanceId, zone: &str, image: &Image, now: Timestamp) -> Instance {
    Instance {
        id: id.clone(),
        state: InstanceState::Pending,
        launched_at: now,
        zone: zone.to_owned(),
        image_id: image.ami.clone(),
        instance_type: image.instance_type.clone(),
        address: None,
        tags: tags(group, image),
        data: Arc::clone(&image.data),
        group: group.name.clone(),
        template: image.version.clone(),
        booted: false,
        stopping_since: None,
        ended: false,
        spot: None,
    }
}

/// The template's tags, over them the group's that propagate, over them the system's.
/// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-tagging.html>
fn tags(group: &Group, image: &Image) -> BTreeMap<String, String> {
    let mut tags = image.data.instance_tags();
    let propagated = group.tags.iter().filter(|tag| tag.propagate_at_launch);
    tags.extend(propagated.map(|tag| (tag.key.clone(), tag.value.clone())));
    let version = &image.version;
    tags.extend([
        ("aws:autoscaling:groupName".to_owned(), group.name.clone()),
        (
            "aws:ec2launchtemplate:id".to_owned(),
            version.id.to_string(),
        ),
        (
            "aws:ec2launchtemplate:version".to_owned(),
            version.number.to_string(),
        ),
    ]);
    tags
}
