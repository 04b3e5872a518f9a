//! A connection that has become something else than HTTP: bytes both ways, until either side ends it, nothing moves for the
//! idle timeout, or the target's deregistration delay is over.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-listeners.html#websocket-connections>

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::TryFutureExt as _;
use http::header::{CONNECTION, HeaderMap, HeaderValue, UPGRADE};
use http::{Response, request};
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::answer::{self, Answer};
use super::backend::Lease;
use super::beat::Beat;
use super::counters::{Cause, Counters};
use super::headers;

/// What a read takes at once.
const CHUNK: usize = 16 * 1024;

/// The only protocol that an ALB changes to.
const WEBSOCKET: HeaderValue = HeaderValue::from_static("websocket");

/// The target's side of a tunnel, until the client's connection is free to be the other.
#[derive(Debug)]
pub(super) struct Tunnel {
    target: OnUpgrade,
    lease: Lease,
    idle_timeout: Duration,
}

/// Where a client's connection finds what it is to become.
#[derive(Debug, Clone, Default)]
pub(super) struct TunnelSlot(Arc<Mutex<Option<Tunnel>>>);

impl TunnelSlot {
    pub(super) fn set(&self, tunnel: Tunnel) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(tunnel);
    }

    pub(super) fn take(&self) -> Option<Tunnel> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Whether the client wants a `WebSocket`. Any other upgrade is answered as if it had not been asked for.
pub(super) fn asked_for(head: &request::Parts) -> bool {
    let wanted = head.headers.get(UPGRADE);
    let named = head.headers.get_all(CONNECTION).iter();
    let connection = named
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|token| token.trim().eq_ignore_ascii_case("upgrade"));
    let websocket = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"websocket");
    head.version == http::Version::HTTP_11 && connection && wanted.is_some_and(websocket)
}

/// Asks the target for what the client has asked for.
pub(super) fn ask(headers: &mut HeaderMap) {
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, WEBSOCKET);
}

/// The target's consent: for the client, and its connection.
pub(super) fn switch(mut response: Response<Incoming>) -> (Response<Answer>, OnUpgrade) {
    let target = hyper::upgrade::on(&mut response);
    let (mut head, _) = response.into_parts();
    headers::remove_hop_by_hop(&mut head.headers);
    ask(&mut head.headers);
    (Response::from_parts(head, answer::nothing()), target)
}

impl Tunnel {
    pub(super) fn new(target: OnUpgrade, lease: Lease, idle_timeout: Duration) -> Self {
        Self {
            target,
            lease,
            idle_timeout,
        }
    }

    /// Carries bytes until it is over.
    pub(super) async fn carry(
        self,
        client: impl AsyncRead + AsyncWrite + Send + Unpin,
        counters: &Counters,
    ) {
        let Ok(target) = self.target.await else {
            return counters.count_failure(Cause::TunnelCut);
        };
        let beat = Beat::default();
        let (mut from_client, mut to_client) = tokio::io::split(client);
        let (mut from_target, mut to_target) = tokio::io::split(TokioIo::new(target));
        let up = pump(&mut from_client, &mut to_target, &beat);
        let down = pump(&mut from_target, &mut to_client, &beat);
        // An end of one side is passed on, and the other may still talk; an error ends both.
        let both = async {
            tokio::try_join!(
                up.map_err(|broken| broken == Broken::Writing),
                down.map_err(|broken| broken == Broken::Reading),
            )
        };
        tokio::select! {
            done = both => {
                let target_broke = done.err().unwrap_or(false);
                if target_broke {
                    counters.count_failure(Cause::TunnelCut);
                }
            }
            () = self.lease.cut.cancelled() => counters.count_failure(Cause::TunnelDrainCut),
            () = beat.silence(self.idle_timeout) => {}
        }
    }
}

/// Which end of a direction has failed.
#[derive(Debug, PartialEq, Eq)]
enum Broken {
    Reading,
    Writing,
}

async fn pump(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    beat: &Beat,
) -> Result<(), Broken> {
    let mut buffer = vec![0; CHUNK];
    loop {
        let read = from.read(&mut buffer).await.map_err(|_| Broken::Reading)?;
        beat.touch();
        if read == 0 {
            // Whoever is gone already needs no telling.
            let _ = to.shutdown().await;
            return Ok(());
        }
        let written = to.write_all(&buffer[..read]).await;
        written.map_err(|_| Broken::Writing)?;
    }
}
