//! What the port needs of whatever stands behind it.

use crate::wire::error::ApiError;
use crate::wire::protocol::{Reply, Service};

/// The services behind the port.
pub trait Backend: Send + Sync + 'static {
    /// Performs `action` with the request's body as it was sent: a form (awsQuery, ec2Query) or a JSON document (awsJson).
    /// Called on a thread that may block. Unknown actions and parameters are the backend's to refuse.
    fn call(&self, service: Service, action: &str, body: &[u8]) -> Result<Reply, ApiError>;
}
