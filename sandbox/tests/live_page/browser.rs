//! Chromium, headless, with one page, driven over its debugging protocol.
//! <https://chromedevtools.github.io/devtools-protocol/>

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// It talks to the sandbox alone.
const FLAGS: &str = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
    --disable-background-networking --disable-component-update --disable-sync \
    --disable-dev-shm-usage --no-proxy-server --remote-debugging-port=0";

/// How long anything may take. It takes seconds; this only ends a test that would hang.
const PATIENCE: Duration = Duration::from_mins(1);

/// What a page says that nobody asked for.
const COMPLAINTS: [&str; 3] = [
    "Log.entryAdded",
    "Runtime.exceptionThrown",
    "Runtime.consoleAPICalled",
];

/// A browser that shows one page.
pub(crate) struct Browser {
    page: Debugger,
    _child: Child,
    _profile: TempDir,
}

impl Browser {
    /// `None`, and a line that says so, without Chromium.
    pub(crate) async fn open(url: &str) -> Option<Self> {
        let profile = tempfile::tempdir().unwrap();
        let (child, address) = start(&profile).await?;
        let mut control = Debugger::connect(&address).await;
        let blank = json!({"url": "about:blank"});
        let target = control.call("Target.createTarget", blank).await;
        let (host, _) = address.split_once("/devtools/").unwrap();
        let id = target["targetId"].as_str().unwrap();
        let mut page = Debugger::connect(&format!("{host}/devtools/page/{id}")).await;
        for domain in ["Page", "Log", "Runtime", "Accessibility"] {
            page.call(&format!("{domain}.enable"), json!({})).await;
        }
        page.call("Page.navigate", json!({"url": url})).await;
        let loaded = page.message(|message| message["method"] == "Page.loadEventFired");
        soon("the page", loaded).await;
        Some(Self {
            page,
            _child: child,
            _profile: profile,
        })
    }

    /// The value of a script, awaited if it is a promise.
    pub(crate) async fn evaluate(&mut self, script: &str) -> Value {
        let parameters = json!({"expression": script, "awaitPromise": true, "returnByValue": true});
        let mut answer = self.page.call("Runtime.evaluate", parameters).await;
        let failed = answer.get("exceptionDetails").is_some();
        assert!(!failed, "{script}: {answer}");
        answer["result"]["value"].take()
    }

    /// One command of the protocol.
    pub(crate) async fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.page.call(method, parameters).await
    }

    /// What the page has complained of on its console.
    pub(crate) fn complaints(&self) -> &[Value] {
        &self.page.complaints
    }
}

/// The browser and its debugger's address.
async fn start(profile: &TempDir) -> Option<(Child, String)> {
    let spawned = Command::new("chromium")
        .args(FLAGS.split_whitespace())
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn();
    let Ok(mut child) = spawned else {
        eprintln!("SKIPPED: chromium is not installed");
        return None;
    };
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
    let address = soon("the browser", async {
        while let Some(line) = log.next_line().await.unwrap() {
            if let Some(address) = line.strip_prefix("DevTools listening on ") {
                return address.to_owned();
            }
        }
        panic!("the browser does not start");
    })
    .await;
    // It goes on to write there, and must not find it closed.
    tokio::spawn(async move { while let Ok(Some(_)) = log.next_line().await {} });
    Some((child, address))
}

/// One end of the protocol: the browser's or a page's.
struct Debugger {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    sent: u64,
    complaints: Vec<Value>,
}

impl Debugger {
    async fn connect(address: &str) -> Self {
        let (socket, _) = soon("a debugger", connect_async(address)).await.unwrap();
        Self {
            socket,
            sent: 0,
            complaints: Vec::new(),
        }
    }

    async fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.sent += 1;
        let id = self.sent;
        let call = json!({"id": id, "method": method, "params": parameters});
        let text = Message::text(call.to_string());
        self.socket.send(text).await.unwrap();
        let answer = self.message(|message| message["id"] == id);
        let mut answer = soon(&call.to_string(), answer).await;
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].take()
    }

    /// The next message that is wanted; of the others the complaints are kept.
    async fn message(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let text = self.socket.next().await.unwrap().unwrap();
            let mut message: Value = serde_json::from_slice(&text.into_data()).unwrap();
            if wanted(&message) {
                return message;
            }
            if COMPLAINTS.iter().any(|kind| message["method"] == *kind) {
                self.complaints.push(message["params"].take());
            }
        }
    }
}

async fn soon<T>(what: &str, work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work)
        .await
        .unwrap_or_else(|_| panic!("in vain: {what}"))
}
