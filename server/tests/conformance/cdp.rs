//! Chromium, headless, with one page, driven over its debugging protocol.

use std::process::Stdio;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStderr};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::programs::program;
use crate::server::soon;

/// The certificates are the tests' own; whether they are valid is for other clients to find out.
const FLAGS: &str = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
    --disable-background-networking --disable-component-update --disable-sync \
    --disable-dev-shm-usage --no-proxy-server --ignore-certificate-errors --remote-debugging-port=0";

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

pub(crate) struct Browser {
    child: Child,
    control: Debugger,
    page: Debugger,
    _profile: TempDir,
}

/// One end of the protocol: the browser's or a page's.
struct Debugger {
    socket: Socket,
    sent: u64,
    /// What the page's console has shown, the reasons of failed requests among it.
    console: Vec<Value>,
}

impl Browser {
    /// `None`, and a line that says so, without Chromium.
    pub(crate) async fn open(url: &str) -> Option<Self> {
        let profile = tempfile::tempdir().unwrap();
        let (child, address) = start(&profile).await?;
        let mut control = Debugger::connect(&address).await;
        let page = page(&mut control, &address, url).await;
        Some(Self {
            child,
            control,
            page,
            _profile: profile,
        })
    }

    /// The value of a script, awaited if it is a promise.
    pub(crate) async fn evaluate(&mut self, script: &str) -> Value {
        let parameters = json!({"expression": script, "awaitPromise": true, "returnByValue": true});
        let mut answer = self.page.call("Runtime.evaluate", parameters).await;
        let failed = answer.get("exceptionDetails").is_some();
        assert!(!failed, "{answer}\n{:?}", self.page.console);
        answer["result"]["value"].take()
    }

    /// Ends it, and with it all its connections.
    pub(crate) async fn close(mut self) {
        self.control.call("Browser.close", json!({})).await;
        soon("the browser's end", self.child.wait()).await.unwrap();
    }
}

/// The browser and its debugger's address. On a loaded machine it ends now and then before it has
/// begun; that says nothing about a server.
async fn start(profile: &TempDir) -> Option<(Child, String)> {
    let mut said = String::new();
    for _ in 0..3 {
        let mut child = program("chromium")
            .await?
            .args(FLAGS.split_whitespace())
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
        match soon("the browser", find_address(&mut log)).await {
            Ok(address) => {
                tokio::spawn(async move { while let Ok(Some(_)) = log.next_line().await {} });
                return Some((child, address));
            }
            Err(log) => said = log,
        }
    }
    panic!("the browser does not start:\n{said}");
}

/// A page that has loaded `url`.
async fn page(control: &mut Debugger, address: &str, url: &str) -> Debugger {
    let blank = json!({"url": "about:blank"});
    let target = control.call("Target.createTarget", blank).await;
    let (host, _) = address.split_once("/devtools/").unwrap();
    let id = target["targetId"].as_str().unwrap();
    let mut page = Debugger::connect(&format!("{host}/devtools/page/{id}")).await;
    for domain in ["Page", "Log"] {
        page.call(&format!("{domain}.enable"), json!({})).await;
    }
    page.call("Page.navigate", json!({"url": url})).await;
    page.message(|message| message["method"] == "Page.loadEventFired")
        .await;
    page
}

impl Debugger {
    async fn connect(address: &str) -> Self {
        let (socket, _) = soon("a debugger", connect_async(address)).await.unwrap();
        Self {
            socket,
            sent: 0,
            console: Vec::new(),
        }
    }

    async fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.sent += 1;
        let id = self.sent;
        let call = json!({"id": id, "method": method, "params": parameters});
        self.socket
            .send(Message::text(call.to_string()))
            .await
            .unwrap();
        let mut answer = self.message(|message| message["id"] == id).await;
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].take()
    }

    /// The next message that is wanted; the others are forgotten.
    async fn message(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        soon("an answer of the browser", async {
            loop {
                let text = self.socket.next().await.unwrap().unwrap();
                let message: Value = serde_json::from_slice(&text.into_data()).unwrap();
                if wanted(&message) {
                    return message;
                }
                if message["method"] == "Log.entryAdded" {
                    self.console
                        .push(message["params"]["entry"]["text"].clone());
                }
            }
        })
        .await
    }
}

/// The log, if it ends without an address.
async fn find_address(log: &mut Lines<BufReader<ChildStderr>>) -> Result<String, String> {
    let mut said = String::new();
    while let Some(line) = log.next_line().await.unwrap() {
        if let Some(address) = line.strip_prefix("DevTools listening on ") {
            return Ok(address.to_owned());
        }
        said.push_str(&line);
        said.push('\n');
    }
    Err(said)
}
