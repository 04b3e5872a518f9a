//! The one AWS port: every service behind one HTTP endpoint, as `AWS_ENDPOINT_URL` wants it. Routing and envelopes are here;
//! what an operation does is the backend's, objects are `s3`'s, metadata is `imds`'s.

mod answer;
mod backend;
mod call_log;
mod route;
mod server;

pub use backend::Backend;
pub use call_log::CallLog;
pub use server::{Port, serve};
