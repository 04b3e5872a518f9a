//! What a running sandbox serves, each on a task of its own; all of them end together.

use super::{StartError, havoc};
use crate::api::{Edge, Port};
use crate::balancer::{Counters, Settings};
use crate::cloud::{Cloud, Listeners, report_traffic};
use crate::control::Control;
use crate::instance::address::Network;
use crate::instance::{Machines, Site};
use crate::listening;
use crate::names;
use crate::profile;
use crate::state::StateFolder;
use crate::world::Effect;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// Where a sandbox listens.
#[derive(Debug)]
pub(super) struct Ports {
    pub(super) api: TcpListener,
    /// The API port as a URL.
    pub(super) endpoint: String,
    pub(super) balancer: TcpListener,
    pub(super) balancer_address: SocketAddr,
    pub(super) network: Network,
}

impl Ports {
    /// Takes the two ports (0 is any) and a network for the instances.
    pub(super) fn open(api: u16, balancer: u16) -> Result<Ports, StartError> {
        let (api, api_address) = listen(api)?;
        let (balancer, balancer_address) = listen(balancer)?;
        let endpoint = format!("http://{api_address}");
        Ok(Ports {
            api,
            endpoint,
            balancer,
            balancer_address,
            network: Network::claim()?,
        })
    }
}

fn listen(port: u16) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |source| StartError::Listen { port, source };
    let listener = listening::listen((Ipv4Addr::LOCALHOST, port).into()).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

/// The running tasks.
#[derive(Debug, Default)]
pub(super) struct Serving {
    tasks: JoinSet<()>,
}

impl Serving {
    /// Lets the world's time pass.
    pub(super) fn keep_time(&mut self, cloud: &Arc<Cloud>) {
        let cloud = Arc::clone(cloud);
        self.tasks.spawn(async move { cloud.keep_time().await });
    }

    /// Serves the AWS APIs, S3 with the bucket of releases in it, and the sandbox's own page.
    pub(super) fn api(
        &mut self,
        cloud: &Arc<Cloud>,
        listener: TcpListener,
        folder: &StateFolder,
        control: &Arc<Control>,
        habits: profile::Api,
    ) -> Result<(), StartError> {
        let bucket = folder.store().join(names::BUCKET);
        std::fs::create_dir_all(&bucket).map_err(|source| StartError::File {
            path: bucket,
            source,
        })?;
        let backend = Arc::<Cloud>::clone(cloud);
        let port = Port::new(backend, folder.store(), Arc::clone(control.calls()));
        let edge = Edge::new(Arc::clone(cloud.faults()), cloud.clock(), habits);
        let port = port.with_control(Arc::clone(control)).with_edge(edge);
        self.tasks.spawn(port.serve(listener));
        Ok(())
    }

    /// Does what the world asks for.
    pub(super) fn machines(
        &mut self,
        cloud: &Arc<Cloud>,
        site: Site,
        mut effects: mpsc::UnboundedReceiver<Effect>,
    ) -> Arc<Machines> {
        let machines = Arc::new(Machines::new(site, Arc::<Cloud>::clone(cloud)));
        let havoc = havoc::reign(Arc::clone(cloud), Arc::clone(&machines));
        self.tasks.spawn(havoc);
        let started = Arc::clone(&machines);
        self.tasks.spawn(async move {
            while let Some(effect) = effects.recv().await {
                match effect {
                    Effect::Launch(launch) => machines.launch(launch),
                    Effect::ShutDown { instance } => machines.shut_down(&instance),
                }
            }
        });
        started
    }

    /// Serves the load balancers' listeners; the socket is that of the account's own.
    pub(super) fn balancer(
        &mut self,
        cloud: &Arc<Cloud>,
        listener: TcpListener,
        times: &profile::Balancer,
    ) -> Arc<Counters> {
        let counters = Arc::new(Counters::default());
        let listeners = Listeners {
            cloud: Arc::clone(cloud),
            settings: Settings {
                connect_timeout: times.connect_timeout,
                propagation: times.propagation,
            },
            counters: Arc::clone(&counters),
        };
        self.tasks.spawn(listeners.serve(listener));
        let reported = report_traffic(Arc::clone(cloud), Arc::clone(&counters));
        self.tasks.spawn(reported);
        counters
    }

    /// Ends all of it.
    pub(super) fn abort(&mut self) {
        self.tasks.abort_all();
    }
}
