//! nginx, which answers by itself: `return` cannot wait, so its handler takes no time.

use std::fs;

use rustix::process::{Signal, geteuid};
use tempfile::TempDir;
use tokio::process::Command;

use super::Master;
use crate::support::load::Protocol;
use crate::support::serve::{BODY, WORKERS};
use crate::support::tool;

pub(crate) async fn start(protocol: Protocol) -> anyhow::Result<Master> {
    let nginx = tool::find("nginx")?;
    let address = tool::free_address()?;
    let directory = tempfile::tempdir()?;
    let listen = match protocol {
        Protocol::H1 => format!("{address} backlog=4096"),
        Protocol::H2c => format!("{address} backlog=4096 http2"),
    };
    let path = directory.path().join("nginx.conf");
    fs::write(&path, config(&listen, &directory))?;
    let mut command = Command::new(nginx.path);
    command.arg("-c").arg(&path).arg("-p").arg(directory.path());
    command.args(["-e", "stderr"]);
    Master::start(command, Signal::HUP, address, directory).await
}

/// Requests per connection are not bounded: a bound would end connections for another reason than
/// the reload. Paths are relative to the directory.
fn config(listen: &str, directory: &TempDir) -> String {
    // Root's workers change to another user, who could not enter the directory.
    let user = if geteuid().is_root() {
        "user root;"
    } else {
        ""
    };
    let directory = directory.path().display();
    format!(
        "daemon off;
{user}
worker_processes {WORKERS};
worker_rlimit_nofile 20000;
pid {directory}/pid;
error_log stderr warn;
events {{ worker_connections 16384; }}
http {{
    access_log off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    keepalive_timeout 75s;
    keepalive_requests 1000000000;
    server {{
        listen {listen};
        default_type application/json;
        location / {{ return 200 '{BODY}'; }}
    }}
}}
"
    )
}
