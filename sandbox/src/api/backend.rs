//! What the port needs of whatever stands behind it.

use crate::wire::error::ApiError;
use crate::wire::protocol::{Protocol, Reply, Service};
use std::time::Duration;

/// The services behind the port.
pub trait Backend: Send + Sync + 'static {
    /// Performs `action` with the request's body as it was sent, in the encoding of the protocol, which is the reply's, too.
    /// Called on a thread that may block. Unknown actions and parameters are the backend's to refuse.
    fn call(
        &self,
        service: Service,
        protocol: Protocol,
        action: &str,
        body: &[u8],
    ) -> Result<Reply, ApiError>;

    /// Answers a read with what was true about so long ago. A backend that does not remember answers with the present.
    fn past(
        &self,
        age: Duration,
        service: Service,
        protocol: Protocol,
        action: &str,
        body: &[u8],
    ) -> Result<Reply, ApiError> {
        let _ = age;
        self.call(service, protocol, action, body)
    }
}
