//! A machine that is on: what it is told, what strikes it, and how it goes off.

use super::machine::Machine;
use super::machines::{Landed, Order};
use super::trouble::{Blow, Troubles};
use super::{servers, slow_disk};
use crate::process::{Child, Ended};
use rustix::process::{Pid, Signal};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

/// What a machine is told while it is on.
pub(super) type Orders = mpsc::UnboundedReceiver<Order>;

/// How an agent came to its end.
pub(super) enum Off {
    /// By itself, or with the machine.
    Ended(Ended),
    /// By a fault: its unit starts it again.
    Killed(Ended),
}

impl Machine {
    /// Waits for the agent's end, or for the power button and then, within bounds, for the agent's end.
    pub(super) async fn until_off(
        &self,
        mut agent: Child,
        troubles: &Troubles,
        orders: &mut Orders,
    ) -> Off {
        let mut plagues = plagues(agent.pid(), troubles);
        let mut hangs = Hangs::default();
        let mut killed = false;
        loop {
            let order = tokio::select! {
                ended = agent.ended() => {
                    return if killed { Off::Killed(ended) } else { Off::Ended(ended) };
                }
                () = until(hangs.next_end()) => {
                    hangs.end_next();
                    hangs.show(&agent);
                    continue;
                }
                order = orders.recv() => order,
            };
            let (blow, landed) = match order {
                // None means that the sandbox itself is going away, which is no softer.
                None | Some(Order::ShutDown) => break,
                Some(Order::Blow(blow, landed)) => (blow, landed),
            };
            match blow {
                Blow::PowerCut => {
                    agent.kill();
                    tell(landed);
                    return Off::Ended(agent.ended().await);
                }
                Blow::KillAgent => {
                    killed = true;
                    agent.signal(Signal::KILL);
                }
                Blow::HangAgent(lasts) => {
                    hangs.begin(lasts);
                    hangs.show(&agent);
                    if !tell(landed) {
                        // Called off in this moment: nobody would end it.
                        hangs.end_one();
                        hangs.show(&agent);
                    }
                    continue;
                }
                Blow::ResumeAgent => {
                    hangs.end_one();
                    hangs.show(&agent);
                }
                Blow::KillServer(delay) => {
                    plagues.push(plague(kill_once(agent.pid(), delay, landed)));
                    continue;
                }
            }
            tell(landed);
        }
        Off::Ended(self.shut_down(agent).await)
    }

    async fn shut_down(&self, mut agent: Child) -> Ended {
        agent.signal(Signal::TERM);
        if let Ok(ended) = tokio::time::timeout(self.site.shutdown, agent.ended()).await {
            return ended;
        }
        agent.kill();
        agent.ended().await
    }
}

/// Says that a blow has struck, to whoever wants to know; `false` if it was called off.
fn tell(landed: Option<Landed>) -> bool {
    landed.is_none_or(|landed| landed.send(()).is_ok())
}

/// Kills one server, unless that is called off before.
async fn kill_once(agent: Pid, delay: Duration, landed: Option<Landed>) {
    let Some(mut landed) = landed else {
        return servers::kill(agent, delay, false).await;
    };
    tokio::select! {
        () = servers::kill(agent, delay, false) => {
            tell(Some(landed));
        }
        () = landed.closed() => {}
    }
}

/// Why an agent stands still: each reason ends by itself, or when it is told to.
#[derive(Default)]
struct Hangs {
    /// How many there are in all.
    count: usize,
    /// When those end that end by themselves.
    ends: BTreeSet<Instant>,
}

impl Hangs {
    fn begin(&mut self, lasts: Option<Duration>) {
        self.count += 1;
        self.ends.extend(lasts.map(|lasts| Instant::now() + lasts));
    }

    fn next_end(&self) -> Option<Instant> {
        self.ends.first().copied()
    }

    fn end_next(&mut self) {
        self.ends.pop_first();
        self.end_one();
    }

    fn end_one(&mut self) {
        self.count = self.count.saturating_sub(1);
    }

    /// Lets the agent stand still or go on.
    fn show(&self, agent: &Child) {
        agent.signal(if self.count > 0 {
            Signal::STOP
        } else {
            Signal::CONT
        });
    }
}

/// What goes on beside the agent for as long as it lives.
fn plagues(agent: Pid, troubles: &Troubles) -> Vec<AbortOnDropHandle<()>> {
    let mut plagues = Vec::new();
    if troubles.server_dies {
        plagues.push(plague(servers::kill(agent, Duration::ZERO, true)));
    }
    if let Some(rate) = troubles.write_rate {
        plagues.push(plague(slow_disk::slow_down(agent, rate)));
    }
    plagues
}

fn plague(task: impl Future<Output = ()> + Send + 'static) -> AbortOnDropHandle<()> {
    AbortOnDropHandle::new(tokio::spawn(task))
}

/// How a machine ended in which nothing ran.
const OFF: &str = "switched off while no agent ran";

/// Lets the time pass in which nothing starts; how the machine ended if that came first.
pub(super) async fn not_yet(troubles: &Troubles, orders: &mut Orders) -> Option<String> {
    if troubles.stuck {
        return Some(until_told(orders).await);
    }
    if troubles.boot_delay.is_zero() {
        return None;
    }
    wait(troubles.boot_delay, orders).await
}

/// Waits for the power button; how the machine ended.
pub(super) async fn until_told(orders: &mut Orders) -> String {
    loop {
        // As good as for ever: no machine is on for years.
        if let Some(end) = wait(Duration::MAX, orders).await {
            return end;
        }
    }
}

/// Waits while no agent runs; how the machine ended if that came first.
pub(super) async fn wait(pause: Duration, orders: &mut Orders) -> Option<String> {
    let over = tokio::time::sleep(pause);
    tokio::pin!(over);
    loop {
        tokio::select! {
            () = &mut over => return None,
            order = orders.recv() => match order {
                Some(Order::Blow(Blow::PowerCut, landed)) => {
                    tell(landed);
                    return Some(OFF.to_owned());
                }
                None | Some(Order::ShutDown) => return Some(OFF.to_owned()),
                Some(Order::Blow(..)) => {}
            }
        }
    }
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
