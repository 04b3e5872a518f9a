//! The faults in the words of the world and of the machines: whom they may strike, what is wrong with a machine from its
//! launch, where EC2 has no capacity, which completions of hooks are lost.

use super::Cloud;
use crate::fault::{Faults, Kind, Subject, Who};
use crate::instance::Troubles;
use crate::wire::query;
use crate::world::{Instance, InstanceId, InstanceState, Lifecycle, Supply, World};
use jiff::Timestamp;

/// The instance tag that names the release.
const VERSION_TAG: &str = "baton:version";

impl Supply for Faults {
    fn lacks(&self, now: Timestamp, zone: &str, zones: &[String]) -> bool {
        if self.lost_zones(now, zones).iter().any(|lost| lost == zone) {
            return true;
        }
        let subject = Subject {
            zone: Some(zone),
            ..Subject::default()
        };
        self.strikes(Kind::LaunchFailure, now, &subject).is_some()
    }
}

/// Every instance that runs, in the order of launch.
pub fn candidates(world: &World) -> Vec<Who> {
    let running = |instance: &&Instance| instance.state == InstanceState::Running;
    let mut candidates: Vec<Who> = world
        .instances()
        .filter(running)
        .map(|instance| who(world, instance))
        .collect();
    candidates.sort();
    candidates
}

fn who(world: &World, instance: &Instance) -> Who {
    let group = world.group(&instance.group);
    let member = group.and_then(|group| group.members.get(&instance.id));
    Who {
        launched_at: instance.launched_at,
        id: instance.id.clone(),
        zone: instance.zone.clone(),
        version: instance.tags.get(VERSION_TAG).cloned(),
        in_service: member.is_some_and(|member| member.lifecycle == Lifecycle::InService),
    }
}

impl Cloud {
    /// What is wrong with a machine that is being launched.
    pub(super) fn troubles_of(&self, id: &InstanceId) -> Troubles {
        let who = self.look(|world| world.instance(id).map(|instance| who(world, instance)));
        let Some(who) = who else {
            return Troubles::default();
        };
        let now = self.clock().now();
        let afflicts = |kind| self.faults().afflicts(kind, now, &who);
        Troubles {
            boot_delay: afflicts(Kind::SlowBoot)
                .and_then(|fault| fault.delay())
                .unwrap_or_default(),
            stuck: afflicts(Kind::StuckBoot).is_some(),
            disk: afflicts(Kind::FullDisk).map(|fault| fault.size()),
            write_rate: afflicts(Kind::SlowDisk).map(|fault| fault.rate()),
            server_dies: afflicts(Kind::CrashAtStart).is_some(),
        }
    }

    /// Whether the completion of a hook, which is this form, is to be lost.
    pub(super) fn loses_hook(&self, form: &[u8]) -> bool {
        let now = self.clock().now();
        if !self.faults().in_force(Kind::LoseHook, now) {
            return false;
        }
        let instance = query::parameter(form, "InstanceId").map(InstanceId::new);
        let who = instance.and_then(|id| {
            self.look(|world| world.instance(&id).map(|instance| who(world, instance)))
        });
        let name = query::parameter(form, "LifecycleHookName");
        let subject = Subject {
            zone: who.as_ref().map(|who| who.zone.as_str()),
            version: who.as_ref().and_then(|who| who.version.as_deref()),
            name: name.as_deref(),
            ..Subject::default()
        };
        self.faults()
            .strikes(Kind::LoseHook, now, &subject)
            .is_some()
    }
}
