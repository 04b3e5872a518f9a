//! `baton-server` and its log, which has to be JSON from the first line to the last.

use std::net::SocketAddr;
use std::process::Stdio;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr};

use crate::client::{Client, soon};
use crate::process::command;

/// `baton-server`, and every line that it logs.
pub(crate) struct Logged {
    pub(crate) child: Child,
    log: Lines<BufReader<ChildStderr>>,
}

impl Logged {
    pub(crate) fn start(flags: &str) -> Self {
        let mut command = command(flags);
        command.args(["--log-format", "json"]);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let log = BufReader::new(child.stderr.take().unwrap()).lines();
        Self { child, log }
    }

    pub(crate) async fn line(&mut self) -> Option<String> {
        soon("a line of the log", self.log.next_line())
            .await
            .unwrap()
    }

    /// The next event, on a line that has to be JSON.
    pub(crate) async fn event(&mut self) -> Value {
        let line = self.line().await.unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }

    /// The next entry of the access log.
    pub(crate) async fn entry(&mut self) -> Value {
        loop {
            let event = self.event().await;
            if event["target"] == "server::access" {
                return event;
            }
        }
    }

    pub(crate) async fn address(&mut self) -> SocketAddr {
        let event = self.says("listening").await;
        event["address"].as_str().unwrap().parse().unwrap()
    }

    pub(crate) async fn client(&mut self) -> Client {
        Client::connect(self.address().await).await
    }

    /// Waits for an event with this message.
    pub(crate) async fn says(&mut self, message: &str) -> Value {
        loop {
            let event = self.event().await;
            if event["message"] == message {
                return event;
            }
        }
    }
}
