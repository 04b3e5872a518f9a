//! The one AWS port: every service behind one HTTP endpoint, as `AWS_ENDPOINT_URL` wants it. Routing and envelopes are here;
//! what an operation does is the backend's, objects are `s3`'s, metadata is `imds`'s.

mod answer;
mod backend;
mod call_log;
mod edge;
mod killing;
mod objects;
mod origin;
mod rates;
mod route;
mod server;
mod spoiled;
mod words;

pub use backend::Backend;
pub use call_log::CallLog;
pub use edge::Edge;
pub use server::{Port, serve};
