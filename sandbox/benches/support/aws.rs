//! AWS as its clients see it: bodies go in, whole answers with their envelopes come out. Nothing is spared but the sockets.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use sandbox::service;
use sandbox::wire::envelope;
use sandbox::wire::protocol::Service;
use sandbox::world::World;

use super::setting::refused;

/// In place of a random one.
const REQUEST_ID: &str = "00000000-0000-4000-8000-000000000000";

/// A world, the moment that it is, and what its clients have cost.
#[derive(Debug)]
pub(crate) struct Aws {
    pub(crate) world: World,
    pub(crate) now: Timestamp,
    pub(crate) calls: u64,
    pub(crate) bytes: u64,
    pub(crate) answering: Duration,
}

impl Aws {
    pub(crate) fn new(world: World, now: Timestamp) -> Self {
        Self {
            world,
            now,
            calls: 0,
            bytes: 0,
            answering: Duration::ZERO,
        }
    }

    /// The answer to an operation that must succeed.
    pub(crate) fn call(
        &mut self,
        service: Service,
        action: &str,
        body: &str,
    ) -> anyhow::Result<String> {
        let begun = Instant::now();
        let reply = service::handle(&mut self.world, self.now, service, action, body.as_bytes())
            .map_err(|error| refused(action, &error))?;
        let answer = envelope::success(service, service.protocol(), action, reply, REQUEST_ID).body;
        self.calls += 1;
        self.bytes += answer.len() as u64;
        self.answering += begun.elapsed();
        Ok(String::from_utf8(answer.into())?)
    }

    pub(crate) fn autoscaling(&mut self, action: &str, body: &str) -> anyhow::Result<String> {
        self.call(Service::AutoScaling, action, body)
    }
}
