//! haproxy in master-worker mode, which hands its listening sockets from old worker to new one. It
//! answers by itself: `return` cannot wait, so its handler takes no time.

use std::fs;

use rustix::process::Signal;
use tempfile::TempDir;
use tokio::process::Command;

use super::Master;
use crate::support::load::Protocol;
use crate::support::serve::{BODY, WORKERS};
use crate::support::tool;

pub(super) async fn start(protocol: Protocol) -> anyhow::Result<Master> {
    let haproxy = tool::find("haproxy")?;
    let address = tool::free_address()?;
    let directory = tempfile::tempdir()?;
    let bind = match protocol {
        Protocol::H1 => format!("{address} backlog 4096"),
        Protocol::H2c => format!("{address} backlog 4096 proto h2"),
    };
    let path = directory.path().join("haproxy.cfg");
    fs::write(&path, config(&bind, &directory))?;
    let mut command = Command::new(haproxy.path);
    command.arg("-W").arg("-f").arg(&path);
    Master::start(command, Signal::USR2, address, directory).await
}

fn config(bind: &str, directory: &TempDir) -> String {
    let directory = directory.path().display();
    let body = BODY.replace('"', "\\\"");
    format!(
        "global
    nbthread {WORKERS}
    maxconn 2000
    stats socket {directory}/admin mode 600 level admin expose-fd listeners
defaults
    mode http
    timeout client 75s
    timeout http-request 75s
    timeout http-keep-alive 75s
frontend bench
    bind {bind}
    http-request return status 200 content-type application/json string \"{body}\"
"
    )
}
