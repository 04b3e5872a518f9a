//! Kills the process at the other end of a connection, if it is `deploy`: a fault that strikes it in the middle of a call.

use http::request::Parts;

use crate::process::callers;
use crate::wire::http::Peer;

/// The program that may be killed. A person's own AWS CLI is not.
const DEPLOYER: &str = "deploy";

/// Kills the `deploy` that sent this request.
pub(super) async fn kill_caller(head: &Parts) {
    let Some(Peer(peer)) = head.extensions.get().copied() else {
        return;
    };
    let killed = tokio::task::spawn_blocking(move || callers::kill(peer, DEPLOYER)).await;
    if !matches!(killed, Ok(Ok(true))) {
        tracing::warn!("kill-deployer: the caller at {peer} is not a {DEPLOYER} of this user");
    }
}
