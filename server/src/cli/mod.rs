//! The command line of `baton-server`: one file for each heading of its help.

mod args;
mod connections;
mod identity;
mod leaving;
mod limits;
mod listening;
mod logs;
mod units;

pub(crate) use args::Args;
pub(crate) use identity::Identity;
#[cfg(feature = "tls")]
pub(crate) use listening::Tls;
pub(crate) use logs::{LogFormat, Logs};
