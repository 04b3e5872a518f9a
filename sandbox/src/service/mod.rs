//! The AWS operations over the world, typed: for each service the requests that it takes, the responses that it gives and what
//! they mean for the model. Encodings are the business of `wire`, HTTP that of `api`.

mod autoscaling;
mod cloudwatch;
mod codec;
mod dispatch;
mod ec2;
mod elbv2;
mod paging;
mod ssm;
mod sts;

#[cfg(test)]
mod tests;

pub use crate::wire::protocol::{Protocol, Reply, Service};
pub use dispatch::{handle, handle_in};
