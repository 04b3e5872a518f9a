//! What work that lasts goes by: server-sent events, long polls and upgraded connections are asked
//! to end, for nobody else can end them in order.

use std::sync::Arc;

use crate::handle::Shared;
use crate::phase::Phase;

/// Tells a handler that the server wants long-lived work to end. Found in the extensions of every
/// request:
///
/// ```
/// # async fn handler(request: http::Request<()>) {
/// let leaving = request.extensions().get::<server::Leaving>().cloned();
/// // in a task or a response body that lasts:
/// if let Some(leaving) = leaving {
///     leaving.wait().await; // then send a last event, a Close frame, an empty answer
/// }
/// # }
/// ```
///
/// It is set from phase [`Lame`](Phase::Lame) on. Work that does not end by itself is ended:
/// upgraded connections after [`Settings::upgrade_grace`](crate::Settings::upgrade_grace),
/// responses after [`Settings::total`](crate::Settings::total).
#[derive(Debug, Clone)]
pub struct Leaving(pub(crate) Arc<Shared>);

impl Leaving {
    /// Whether work that lasts should end now.
    pub fn is_set(&self) -> bool {
        self.0.phase().phase >= Phase::Lame
    }

    /// Returns once it should.
    pub async fn wait(&self) {
        let mut phases = self.0.phases();
        // The sender lives in what `self` holds, so this cannot fail.
        let _ = phases.wait_for(|now| now.phase >= Phase::Lame).await;
    }
}
