//! The AWS port over a world whose machines are no more than words: they run when they are asked to, and answer every probe.

use sandbox::api::{self, CallLog};
use sandbox::cloud::{Clock, Cloud};
use sandbox::instance::Control as _;
use sandbox::names;
use sandbox::world::{Effect, Identity, InstanceId, Probe, TargetState, Timings, World};
use std::net::Ipv4Addr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinSet;

/// An empty account, served until dropped.
pub(crate) struct Port {
    pub(crate) endpoint: String,
    _tasks: JoinSet<()>,
    _store: tempfile::TempDir,
}

impl Port {
    pub(crate) async fn open() -> Port {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let store = tempfile::tempdir().unwrap();
        let (cloud, effects) =
            Cloud::new(World::new(identity(), Timings::fast(), 1), Clock::start());
        let mut tasks = JoinSet::new();
        tasks.spawn(api::serve(
            listener,
            Arc::clone(&cloud) as Arc<dyn api::Backend>,
            store.path().to_owned(),
            Arc::new(CallLog::new()),
        ));
        tasks.spawn(machines(Arc::clone(&cloud), effects));
        tasks.spawn(probes(Arc::clone(&cloud)));
        tasks.spawn(async move { cloud.keep_time().await });
        Port {
            endpoint,
            _tasks: tasks,
            _store: store,
        }
    }
}

fn identity() -> Identity {
    Identity {
        account: names::ACCOUNT.to_owned(),
        region: names::REGION.to_owned(),
        zones: names::ZONES.map(str::to_owned).into(),
    }
}

/// Does at once what the world asks for.
async fn machines(cloud: Arc<Cloud>, mut effects: UnboundedReceiver<Effect>) {
    let mut number = 0u8;
    while let Some(effect) = effects.recv().await {
        match effect {
            Effect::Launch(launch) => {
                number += 1;
                cloud.running(&launch.instance, Ipv4Addr::new(127, 77, 0, number));
            }
            Effect::ShutDown { instance } => cloud.ended(&instance),
        }
    }
}

/// Every new target passes its first health check.
async fn probes(cloud: Arc<Cloud>) {
    loop {
        let (arn, target) = cloud.until(unprobed).await;
        cloud.with(|world, now| world.target_probed(now, &arn, &target, Probe::Status(200)));
    }
}

fn unprobed(world: &World) -> Option<(String, InstanceId)> {
    world.target_groups().find_map(|group| {
        let mut targets = group.targets.iter();
        let (id, _) = targets.find(|(_, target)| target.state == TargetState::Initial)?;
        Some((group.arn.clone(), id.clone()))
    })
}
