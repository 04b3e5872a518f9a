//! Time as the driver and the lease need it, so that tests can bring their own.

use crate::clock;
use jiff::Timestamp;
use std::time::Duration;

/// A clock that can be waited on.
#[async_trait::async_trait]
pub trait Pace: Send + Sync {
    /// The current time.
    fn now(&self) -> Timestamp;

    /// Returns after `length`.
    async fn rest(&self, length: Duration);
}

/// The machine's own clock.
#[derive(Clone, Copy, Debug)]
pub struct WallClock;

#[async_trait::async_trait]
impl Pace for WallClock {
    fn now(&self) -> Timestamp {
        clock::now()
    }

    async fn rest(&self, length: Duration) {
        tokio::time::sleep(length).await;
    }
}
