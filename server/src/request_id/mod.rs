//! Ids of requests: read from the tracing headers that balancers and callers send, or made here.
//!
//! - `amzn`: `X-Amzn-Trace-Id`, as Application Load Balancers and X-Ray write it (pure)
//! - `traceparent`: the W3C's trace context (pure)
//! - `id`: which of them names the request
//! - `hex`: the digits that both are made of (pure)

mod amzn;
mod hex;
mod id;
mod traceparent;

pub use amzn::{AmznTrace, XrayId};
pub use id::{RequestId, X_REQUEST_ID};
pub use traceparent::TraceParent;
