//! One instance for a test: a release in a folder store, a small cloud on loopback, and the real agent.

mod cloud;

pub(crate) use cloud::{Cloud, eventually};
use contract::digest::Digest;
use contract::manifest::{File, Manifest, Mode, SCHEMA};
use contract::names::Name;
use contract::status::{Phase, StatusDocument};
use contract::store::{Access, Store};
use contract::{blob, layout};
use jiff::Timestamp;
use minisign::KeyPair;
use rustix::process::{Pid, Signal};
use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use tempfile::TempDir;

pub(crate) const AGENT: &str = env!("CARGO_BIN_EXE_baton-agent");
pub(crate) const INSTANCE: &str = "i-0123456789abcdef0";
const SERVER: &[u8] = include_bytes!("server.py");

/// The instance and its surroundings.
pub(crate) struct Fixture {
    pub(crate) folder: TempDir,
    pub(crate) cloud: Cloud,
    pub(crate) listen: SocketAddr,
    store: Store,
    keys: KeyPair,
    service: Name,
}

impl Fixture {
    /// An instance whose tags ask for a published release.
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let objects = folder.path().join("store");
        fs::create_dir(&objects).unwrap();
        let url = format!("file://{}", objects.display());
        let mut fixture = Self {
            cloud: Cloud::start(objects.join(format!("status/example/test/{INSTANCE}.json"))).await,
            listen: fresh_address(),
            store: Store::open(&url, &Access::default()).unwrap(),
            keys: KeyPair::generate_unencrypted_keypair().unwrap(),
            service: "example".parse().unwrap(),
            folder,
        };
        fixture.publish().await;
        fixture
    }

    async fn publish(&mut self) {
        let manifest = Manifest {
            schema: SCHEMA,
            service: self.service.clone(),
            version: "1.4.2".parse().unwrap(),
            target: format!("{}-unknown-linux-gnu", std::env::consts::ARCH),
            entrypoint: "server.py".to_owned(),
            files: vec![File {
                path: "server.py".to_owned(),
                mode: Mode::Executable,
                size: SERVER.len() as u64,
                sha256: Digest::of(SERVER),
            }],
            created: "2026-11-20T10:00:00Z".parse().unwrap(),
            git_revision: None,
        };
        let bytes = manifest.to_bytes().unwrap();
        let signature = minisign::sign(None, &self.keys.sk, bytes.as_slice(), None, None).unwrap();
        let (service, version) = (&self.service, &manifest.version);
        let put =
            async |path: String, bytes: Vec<u8>| self.store.create(&path, bytes).await.unwrap();
        put(
            layout::blob(&Digest::of(SERVER)),
            blob::compress(SERVER).unwrap(),
        )
        .await;
        put(
            layout::signature(service, version),
            signature.to_string().into(),
        )
        .await;
        put(layout::manifest(service, version), bytes.clone()).await;
        self.cloud.tag("baton:version", "1.4.2");
        self.cloud
            .tag("baton:manifest", &Digest::of(&bytes).to_string());
    }

    /// The agent's own folder.
    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }

    /// Removes a folder of the store.
    pub(crate) fn burn(&self, folder: &str) {
        fs::remove_dir_all(self.folder.path().join("store").join(folder)).unwrap();
    }

    /// Writes the configuration for a server in this mode.
    fn configure(&self, mode: &str, start_timeout: &str) -> PathBuf {
        let path = self.folder.path().join("agent.toml");
        let text = format!(
            r#"
            service = "example"
            environment = "test"
            group = "example-test"
            store = "{store}"
            public_key = "{key}"
            root = "/nowhere"
            launch_hook = "baton-launch"
            terminate_hook = "baton-terminate"
            poll = "50ms"
            heartbeat = "100ms"
            [app]
            listen = "0.0.0.0:{port}"
            health_path = "/healthz"
            args = ["{mode}"]
            start_timeout = "{start_timeout}"
            stop_timeout = "1s"
            "#,
            store = self.store.url(),
            key = self.keys.pk.to_base64(),
            port = self.listen.port(),
        );
        fs::write(&path, text).unwrap();
        path
    }

    /// Starts the agent; a server that is expected to come up gets all the time a busy machine needs.
    pub(crate) fn agent(&self, mode: &str) -> Agent {
        self.agent_with_limit(mode, "60s")
    }

    /// Starts the agent.
    pub(crate) fn agent_with_limit(&self, mode: &str, start_timeout: &str) -> Agent {
        let config = self.configure(mode, start_timeout);
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.path().join("agent.log"))
            .unwrap();
        let child = Command::new(AGENT)
            .args(["run", "--die-with-parent", "--config"])
            .arg(config)
            .arg("--root")
            .arg(self.root())
            .args(["--listen-address", &self.listen.ip().to_string()])
            .env_clear()
            .env("PATH", env!("PATH"))
            .env("HOME", self.folder.path())
            .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", self.cloud.url())
            .env("AWS_ENDPOINT_URL", self.cloud.url())
            .stdin(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        Agent { child }
    }

    /// What the agent and its servers have said.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("agent.log")).unwrap_or_default()
    }

    /// The status document, once there is one.
    pub(crate) fn status(&self) -> Option<StatusDocument> {
        self.cloud.status()
    }

    /// Waits for a phase.
    pub(crate) async fn reach(&self, phase: Phase) -> StatusDocument {
        self.reach_since(Timestamp::UNIX_EPOCH, phase).await
    }

    /// Waits for a phase entered after `since`.
    pub(crate) async fn reach_since(&self, since: Timestamp, phase: Phase) -> StatusDocument {
        let fits = |status: &StatusDocument| status.phase == phase && status.updated > since;
        let there = || self.status().filter(fits);
        eventually(
            &format!("the phase {phase}"),
            || there().is_some(),
            || self.log(),
        )
        .await;
        there().unwrap()
    }

    /// Waits for a call to a hook that begins so.
    pub(crate) async fn called(&self, call: &str) {
        let there = || self.cloud.calls().iter().any(|made| made.starts_with(call));
        eventually(call, there, || {
            format!("{:?}\n{}", self.cloud.calls(), self.log())
        })
        .await;
    }

    /// Waits for any condition.
    pub(crate) async fn wait(&self, what: &str, condition: impl Fn() -> bool) {
        eventually(what, condition, || self.log()).await;
    }

    /// Asks the server.
    pub(crate) fn get(&self, path: &str) -> std::io::Result<String> {
        let mut stream = TcpStream::connect(self.listen)?;
        // In one piece: the server reads once.
        stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: test\r\n\r\n").as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }

    /// What the server knows of itself.
    pub(crate) fn server(&self) -> serde_json::Value {
        let answer = self.get("/").unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        serde_json::from_str(body).unwrap()
    }

    /// Whether nobody listens.
    pub(crate) fn refuses(&self) -> bool {
        TcpStream::connect(self.listen).is_err()
    }
}

/// A running agent; killed at the end of the test.
pub(crate) struct Agent {
    child: Child,
}

impl Agent {
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        rustix::process::kill_process(pid, signal).unwrap();
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits for the end.
    pub(crate) async fn ended(&mut self, fixture: &Fixture) -> ExitStatus {
        let child = std::cell::RefCell::new(&mut self.child);
        let ended = || child.borrow_mut().try_wait().unwrap().is_some();
        fixture.wait("the agent's end", ended).await;
        self.child.wait().unwrap()
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port on a loopback address that no other test uses.
fn fresh_address() -> SocketAddr {
    let [a, b, c] = rand::random::<[u8; 3]>();
    let ip = Ipv4Addr::new(127, a.clamp(1, 254), b, c.clamp(1, 254));
    TcpListener::bind((ip, 0)).unwrap().local_addr().unwrap()
}
