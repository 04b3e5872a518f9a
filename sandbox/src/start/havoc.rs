//! Lets the faults act that nobody asks about: it waits for their time, lets them choose among the instances, and strikes.

use crate::balancer::Tap;
use crate::cloud::{Cloud, candidates};
use crate::fault::{Faults, Id, Kind, Stroke};
use crate::instance::{Blow, Machines};
use crate::world::{AlarmReason, AlarmState, Instance, World};
use jiff::Timestamp;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// Faults that choose among members and strike them.
const CHOOSING: [Kind; 7] = [
    Kind::KillInstance,
    Kind::KillAgent,
    Kind::HangAgent,
    Kind::CrashAfter,
    Kind::SpotNotice,
    // These two only choose here; they act where probes and requests pass.
    Kind::FlapHealth,
    Kind::CrashAtRequest,
];

/// Strikes whenever something is due. Runs until dropped.
pub(super) async fn reign(cloud: Arc<Cloud>, machines: Arc<Machines>) {
    let mut world = cloud.changes();
    let mut faults = cloud.faults().changes();
    loop {
        world.borrow_and_update();
        faults.borrow_and_update();
        strike(&cloud, &machines);
        let next = cloud.faults().next_event(cloud.clock().now());
        let due = async {
            match next {
                Some(at) => tokio::time::sleep_until(cloud.clock().instant(at).into()).await,
                None => std::future::pending().await,
            }
        };
        // Both senders live in the cloud, as long as we do.
        tokio::select! {
            _ = world.changed() => {}
            _ = faults.changed() => {}
            () = due => {}
        }
    }
}

fn strike(cloud: &Arc<Cloud>, machines: &Arc<Machines>) {
    let now = cloud.clock().now();
    let faults = cloud.faults();
    if CHOOSING.iter().any(|kind| faults.in_force(*kind, now)) {
        let members = cloud.look(candidates);
        for kind in CHOOSING {
            for stroke in faults.choose(kind, now, &members) {
                let (cloud, machines) = (Arc::clone(cloud), Arc::clone(machines));
                tokio::spawn(async move { land(&cloud, &machines, stroke).await });
            }
        }
    }
    lose_zones(cloud, machines, now);
    raise_alarms(cloud, now);
}

/// Carries one stroke out, and counts it when it strikes. Clearing the fault calls it off, or ends it.
async fn land(cloud: &Cloud, machines: &Machines, stroke: Stroke) {
    let Stroke { id, fault, who } = stroke;
    let faults = cloud.faults();
    let said = fault.delay();
    let blow = match fault.kind {
        Kind::SpotNotice => {
            cloud.with(|world, now| world.reclaim(now, &who.id, said));
            faults.acted(id);
            return;
        }
        Kind::KillInstance => Blow::PowerCut,
        Kind::KillAgent => Blow::KillAgent,
        Kind::HangAgent => Blow::HangAgent(None),
        Kind::CrashAfter => Blow::KillServer(said.unwrap_or_default()),
        _ => return,
    };
    if fault.kind != Kind::CrashAfter {
        tokio::select! {
            () = tokio::time::sleep(said.unwrap_or(Duration::ZERO)) => {}
            // There is nobody left to be told of it.
            () = faults.until_cleared(id) => return,
        }
    }
    let mut landing = machines.strike_and_tell(&who.id, blow);
    let struck = tokio::select! {
        struck = &mut landing => struck.is_ok(),
        () = faults.until_cleared(id) => {
            // From here on it is called off, unless it has struck in this moment.
            landing.close();
            landing.try_recv().is_ok()
        }
    };
    if !struck {
        faults.missed(id);
        return;
    }
    faults.acted(id);
    if fault.kind == Kind::HangAgent {
        until_over(faults, id, fault.lasts()).await;
        machines.strike(&who.id, Blow::ResumeAgent);
    }
}

/// Waits for the end of what lasts: by itself, so long after the blow, or because somebody has cleared the fault.
async fn until_over(faults: &Faults, id: Id, lasts: Option<Duration>) {
    let by_itself = async {
        match lasts {
            Some(lasts) => tokio::time::sleep(lasts).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = by_itself => {}
        () = faults.until_cleared(id) => {}
    }
}

/// Whatever runs in a lost zone loses power, also what has just been started there.
fn lose_zones(cloud: &Cloud, machines: &Machines, now: Timestamp) {
    if !cloud.faults().in_force(Kind::LoseZone, now) {
        return;
    }
    let zones = cloud.look(|world| world.identity().zones.clone());
    for zone in cloud.faults().lost_zones(now, &zones) {
        for who in cloud.look(candidates) {
            if who.zone == zone {
                machines.strike(&who.id, Blow::PowerCut);
            }
        }
    }
}

/// An alarm that is raised stays so for as long as its fault lasts, whatever its metric says; then it is OK.
fn raise_alarms(cloud: &Cloud, now: Timestamp) {
    for raised in cloud.faults().alarms(now) {
        let name = &raised.alarm;
        let state = if raised.on {
            AlarmState::Alarm
        } else {
            AlarmState::Ok
        };
        if cloud.look(|world| differs(world, name, state)) {
            let reason = AlarmReason::plain("the fault raise-alarm");
            // An alarm that was deleted in between is none of ours.
            let set = cloud.with(|world, now| world.set_alarm_state(now, name, state, reason));
            if raised.on && set.is_ok() {
                cloud.faults().acted(raised.fault);
            }
        }
    }
}

fn differs(world: &World, name: &str, state: AlarmState) -> bool {
    world.alarm_state(name).is_some_and(|seen| seen != state)
}

/// Counts the requests to each member and kills the server of one that has got as many as its fault allows.
pub(super) struct Requests {
    pub(super) cloud: Arc<Cloud>,
    pub(super) machines: Arc<Machines>,
}

impl Tap for Requests {
    fn forwarded(&self, target: SocketAddr) {
        let now = self.cloud.clock().now();
        if !self.cloud.faults().in_force(Kind::CrashAtRequest, now) {
            return;
        }
        let at = |instance: &&Instance| instance.address.map(IpAddr::V4) == Some(target.ip());
        let id = self.cloud.look(|world| {
            world
                .instances()
                .find(at)
                .map(|instance| instance.id.clone())
        });
        let Some(id) = id else { return };
        let faults = self.cloud.faults();
        let turn = faults.turn(Kind::CrashAtRequest, now, &id);
        if let Some(turn) = turn.filter(|turn| turn.number == turn.requests) {
            self.machines.kill_servers(&id);
            faults.acted(turn.id);
        }
    }
}

impl fmt::Debug for Requests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Requests")
    }
}
