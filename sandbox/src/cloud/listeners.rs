//! Serves every listener that the world has, each on its own port, for as long as there is one.

use super::{Cloud, Probes, routes};
use crate::balancer::{Balancer, Counters, Settings};
use crate::listening;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::{AbortHandle, JoinSet};

/// What all listeners of a sandbox share.
#[derive(Debug)]
pub struct Listeners {
    /// The world.
    pub cloud: Arc<Cloud>,
    /// The timings that no attribute sets.
    pub settings: Settings,
    /// What they all count into.
    pub counters: Arc<Counters>,
}

/// A listener's ARN and port. At another port it is served anew.
type Key = (String, u16);

impl Listeners {
    /// Serves until dropped. `first` is the socket of whichever listener has its port.
    pub async fn serve(self, first: TcpListener) {
        let mut changes = self.cloud.changes();
        let mut first = Some(first);
        let mut serving: BTreeMap<Key, Option<AbortHandle>> = BTreeMap::new();
        let mut tasks = JoinSet::new();
        loop {
            let wanted = self.cloud.look(wanted);
            serving.retain(|key, task| {
                let keep = wanted.contains(key);
                if let Some(task) = task.as_ref().filter(|_| !keep) {
                    task.abort();
                }
                keep
            });
            let new = |key: &Key| !serving.contains_key(key);
            let new: Vec<Key> = wanted.into_iter().filter(new).collect();
            for key in new {
                let task = self.open(&key, &mut first, &mut tasks);
                serving.insert(key, task);
            }
            while tasks.try_join_next().is_some() {}
            if changes.changed().await.is_err() {
                return;
            }
        }
    }

    /// A port that cannot be had is not served, and the load balancer says so.
    fn open(
        &self,
        (arn, port): &Key,
        first: &mut Option<TcpListener>,
        tasks: &mut JoinSet<()>,
    ) -> Option<AbortHandle> {
        let its_port = |socket: &TcpListener| socket.local_addr().is_ok_and(|a| a.port() == *port);
        let socket = match first.take_if(|socket| its_port(socket)) {
            Some(socket) => socket,
            None => match listening::listen((Ipv4Addr::LOCALHOST, *port).into()) {
                Ok(socket) => socket,
                Err(error) => {
                    let reason = format!("port {port} of 127.0.0.1 cannot be listened on: {error}");
                    self.cloud
                        .with(|world, _| world.listener_failed(arn, reason));
                    return None;
                }
            },
        };
        let (routes, follow) = routes(Arc::clone(&self.cloud), arn.clone())?;
        let probes = Arc::new(Probes {
            cloud: Arc::clone(&self.cloud),
        });
        let balancer = Balancer::counting_into(self.settings, Arc::clone(&self.counters));
        let serve = balancer.serve(socket, routes, probes);
        Some(tasks.spawn(async move {
            tokio::select! {
                () = follow => {}
                () = serve => {}
            }
        }))
    }
}

fn wanted(world: &crate::world::World) -> Vec<Key> {
    let listeners = world.listeners().iter();
    listeners.map(|l| (l.arn.clone(), l.port)).collect()
}
