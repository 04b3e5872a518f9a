//! The world behind a lock. Whoever touches it brings it up to the present first and passes its effects on afterwards, so
//! that nobody ever sees it late and no effect is lost or overtaken.

use super::Clock;
use super::replica::Replica;
use crate::fault::{Faults, Kind};
use crate::world::{Effect, World};
use jiff::Timestamp;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, mpsc, watch};

/// A world in real time.
#[derive(Debug)]
pub struct Cloud {
    world: Mutex<World>,
    clock: Clock,
    faults: Arc<Faults>,
    /// How far behind reads may be.
    lag: Duration,
    replica: Mutex<Replica>,
    effects: mpsc::UnboundedSender<Effect>,
    /// Something was put in: the time of the next event may have moved.
    input: Notify,
    /// Counts up whenever the world may have changed.
    changed: watch::Sender<u64>,
}

impl Cloud {
    /// Puts a world into real time. The receiver gets the effects, each once and in order.
    pub fn new(world: World, clock: Clock) -> (Arc<Cloud>, mpsc::UnboundedReceiver<Effect>) {
        Cloud::with_faults(world, clock, Arc::new(Faults::new(0)), Duration::ZERO)
    }

    /// As [`Cloud::new`], with faults; what was true up to `lag` ago is remembered for reads that are answered late.
    pub fn with_faults(
        world: World,
        clock: Clock,
        faults: Arc<Faults>,
        lag: Duration,
    ) -> (Arc<Cloud>, mpsc::UnboundedReceiver<Effect>) {
        let (effects, outbox) = mpsc::unbounded_channel();
        let cloud = Cloud {
            world: Mutex::new(world),
            clock,
            faults,
            lag,
            replica: Mutex::default(),
            effects,
            input: Notify::new(),
            changed: watch::Sender::new(0),
        };
        (Arc::new(cloud), outbox)
    }

    /// The clock that the world goes by.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// What goes wrong in it on demand.
    pub fn faults(&self) -> &Arc<Faults> {
        &self.faults
    }

    /// The world as it was about so long ago, as far as that is remembered; to be looked at and thrown away.
    pub(super) fn past(&self, age: Duration) -> World {
        let (world, now) = self.present();
        if age.is_zero() {
            return world.clone();
        }
        let replica = self.replica.lock().unwrap_or_else(PoisonError::into_inner);
        replica.back(now, age).unwrap_or(&world).clone()
    }

    /// Does something with the world of this moment. Must not block.
    pub fn with<T>(&self, act: impl FnOnce(&mut World, Timestamp) -> T) -> T {
        let result = {
            let (mut world, now) = self.present();
            let result = act(&mut world, now);
            self.pass_on(&mut world, now);
            result
        };
        self.input.notify_one();
        self.changed.send_modify(|count| *count += 1);
        result
    }

    /// Looks at the world of this moment.
    pub fn look<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        let (world, _) = self.present();
        look(&world)
    }

    /// Waits until `look` sees what it waits for.
    pub async fn until<T>(&self, mut look: impl FnMut(&World) -> Option<T>) -> T {
        let mut changed = self.changes();
        loop {
            if let Some(seen) = self.look(&mut look) {
                return seen;
            }
            // The sender lives in self: this cannot fail while we are here.
            let _ = changed.changed().await;
        }
    }

    /// Ticks whenever the world may have changed.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Lets happen what happens by itself, each thing when it is due. Runs until dropped.
    pub async fn keep_time(&self) {
        loop {
            let next = self.look(World::next_event);
            let due = async {
                match next {
                    Some(at) => tokio::time::sleep_until(self.clock.instant(at).into()).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = due => {
                    drop(self.present());
                    self.changed.send_modify(|count| *count += 1);
                }
                () = self.input.notified() => {}
            }
        }
    }

    fn present(&self) -> (MutexGuard<'_, World>, Timestamp) {
        // A panic while the lock was held is a defect that has been reported; the others go on with what there is.
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        self.pass_on(&mut world, now);
        self.remember(&world);
        (world, now)
    }

    fn remember(&self, world: &World) {
        let faults = self.faults.longest_delay(Kind::StaleReads);
        let depth = self.lag.max(faults.unwrap_or_default());
        if !depth.is_zero() {
            let mut replica = self.replica.lock().unwrap_or_else(PoisonError::into_inner);
            replica.note(world, depth);
        }
    }

    fn pass_on(&self, world: &mut World, now: Timestamp) {
        for effect in world.advance(now) {
            // Nobody listens any more when the sandbox is going down.
            let _ = self.effects.send(effect);
        }
    }
}
