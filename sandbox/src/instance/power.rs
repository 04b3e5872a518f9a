//! A machine that is on: what it is told, what strikes it, and how it goes off.

use super::machine::Machine;
use super::machines::Order;
use super::trouble::{Blow, Troubles};
use super::{servers, slow_disk};
use crate::process::{Child, Ended};
use rustix::process::{Pid, Signal};
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
        let mut resume = None;
        let mut killed = false;
        loop {
            let order = tokio::select! {
                ended = agent.ended() => {
                    return if killed { Off::Killed(ended) } else { Off::Ended(ended) };
                }
                () = until(resume) => {
                    agent.signal(Signal::CONT);
                    resume = None;
                    continue;
                }
                order = orders.recv() => order,
            };
            match order {
                // None means that the sandbox itself is going away, which is no softer.
                None | Some(Order::ShutDown) => break,
                Some(Order::Blow(Blow::PowerCut)) => {
                    agent.kill();
                    return Off::Ended(agent.ended().await);
                }
                Some(Order::Blow(Blow::KillAgent)) => {
                    killed = true;
                    agent.signal(Signal::KILL);
                }
                Some(Order::Blow(Blow::HangAgent(lasts))) => {
                    agent.signal(Signal::STOP);
                    resume = lasts.map(|lasts| Instant::now() + lasts);
                }
                Some(Order::Blow(Blow::KillServer(delay))) => {
                    plagues.push(plague(servers::kill(agent.pid(), delay, false)));
                }
            }
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

/// Lets the time pass in which nothing starts; how the machine ended if that came first.
pub(super) async fn not_yet(troubles: &Troubles, orders: &mut Orders) -> Option<String> {
    if troubles.stuck {
        // As good as for ever: nobody waits for a boot for years.
        return wait(Duration::MAX, orders).await;
    }
    if troubles.boot_delay.is_zero() {
        return None;
    }
    wait(troubles.boot_delay, orders).await
}

/// Waits while no agent runs; how the machine ended if that came first.
pub(super) async fn wait(pause: Duration, orders: &mut Orders) -> Option<String> {
    let over = tokio::time::sleep(pause);
    tokio::pin!(over);
    loop {
        tokio::select! {
            () = &mut over => return None,
            order = orders.recv() => match order {
                None | Some(Order::ShutDown | Order::Blow(Blow::PowerCut)) => {
                    return Some("switched off while no agent ran".to_owned());
                }
                Some(Order::Blow(_)) => {}
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
