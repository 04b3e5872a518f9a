//! `agent.toml`: what an instance must know before it can ask anybody. It is the same for every release of an environment;
//! which release to run comes from the instance's tags.

use crate::cli::Run;
use contract::names::Name;
use contract::signature::PublicKey;
use serde::{Deserialize, Deserializer};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

/// The configuration of one agent.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) service: Name,
    pub(crate) environment: Name,
    /// The Auto Scaling group.
    pub(crate) group: String,
    /// The URL of the release store.
    pub(crate) store: String,
    pub(crate) public_key: PublicKey,
    /// The folder that the agent owns.
    #[serde(default = "default_root")]
    pub(crate) root: PathBuf,
    pub(crate) launch_hook: String,
    pub(crate) terminate_hook: String,
    /// How often a waiting hook is told that the agent still works. It must lie below the hooks' `HeartbeatTimeout`,
    /// which an instance role cannot read.
    #[serde(default = "default_heartbeat", deserialize_with = "duration")]
    pub(crate) heartbeat: Duration,
    /// How often the target lifecycle state is read.
    #[serde(default = "default_poll", deserialize_with = "duration")]
    pub(crate) poll: Duration,
    /// The longest that fetching and verifying a release may take.
    #[serde(default = "default_install_timeout", deserialize_with = "duration")]
    pub(crate) install_timeout: Duration,
    pub(crate) app: App,
}

/// How the server is run.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct App {
    /// The address that the agent binds for the server.
    pub(crate) listen: SocketAddr,
    /// The path that answers 200 once the server is healthy.
    #[serde(deserialize_with = "absolute_path")]
    pub(crate) health_path: String,
    /// Arguments of the entrypoint.
    #[serde(default)]
    pub(crate) args: Vec<String>,
    /// The longest from start to healthy.
    #[serde(default = "default_start_timeout", deserialize_with = "duration")]
    pub(crate) start_timeout: Duration,
    /// The longest from SIGTERM to exit.
    #[serde(default = "default_stop_timeout", deserialize_with = "duration")]
    pub(crate) stop_timeout: Duration,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error("cannot read {path}")]
    Unreadable {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{path} is not a valid agent configuration")]
    Malformed {
        path: PathBuf,
        #[source]
        source: toml::de::Error,
    },
}

impl Config {
    /// Reads the file and lets the command line win over it.
    pub(crate) fn load(run: &Run) -> Result<Self, ConfigError> {
        let path = &run.config;
        let text = fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
            path: path.clone(),
            source,
        })?;
        let mut config = Self::parse(&text, path)?;
        if let Some(root) = &run.root {
            config.root.clone_from(root);
        }
        if let Some(address) = run.listen_address {
            config.app.listen.set_ip(address);
        }
        Ok(config)
    }

    fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        toml::from_str(text).map_err(|source| ConfigError::Malformed {
            path: path.to_owned(),
            source,
        })
    }
}

fn default_root() -> PathBuf {
    PathBuf::from("/var/lib/baton")
}

/// A third of three minutes: two lost heartbeats do not lose the hook at a `HeartbeatTimeout` of 180 s or more.
fn default_heartbeat() -> Duration {
    Duration::from_mins(1)
}

/// Each poll is one small request on the link-local network; AWS asks to poll often and its own sample takes 5 s
/// (<https://docs.aws.amazon.com/autoscaling/ec2/userguide/retrieving-target-lifecycle-state-through-imds.html>).
fn default_poll() -> Duration {
    Duration::from_secs(1)
}

/// Room for the largest release over a slow link; a download that takes longer does not end by waiting.
fn default_install_timeout() -> Duration {
    Duration::from_mins(10)
}

fn default_start_timeout() -> Duration {
    Duration::from_secs(30)
}

fn default_stop_timeout() -> Duration {
    Duration::from_secs(90)
}

fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    let expected = |detail| {
        let message = format!("`{text}` is not a duration such as \"200ms\" or \"90s\": {detail}");
        serde::de::Error::custom(message)
    };
    let duration = humantime::parse_duration(&text).map_err(|error| expected(error.to_string()))?;
    if duration.is_zero() {
        return Err(expected("it must not be zero".to_owned()));
    }
    Ok(duration)
}

fn absolute_path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let path = String::deserialize(deserializer)?;
    let plain = |c: char| c.is_ascii_graphic();
    if path.starts_with('/') && path.chars().all(plain) {
        Ok(path)
    } else {
        let message = format!("`{path}` is not a URL path: it starts with / and has no spaces");
        Err(serde::de::Error::custom(message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";

    fn example() -> String {
        format!(
            r#"
            service = "example"
            environment = "sandbox"
            group = "example-sandbox"
            store = "s3://baton-releases"
            public_key = "{KEY}"
            launch_hook = "baton-launch"
            terminate_hook = "baton-terminate"
            poll = "200ms"
            [app]
            listen = "0.0.0.0:8080"
            health_path = "/healthz"
            args = ["--unready", "10s"]
            start_timeout = "5s"
            "#
        )
    }

    fn parse(text: &str) -> Result<Config, ConfigError> {
        Config::parse(text, Path::new("agent.toml"))
    }

    #[test]
    fn what_is_left_out_has_a_default_and_what_is_given_counts() {
        let config = parse(&example()).unwrap();
        assert_eq!(config.root, PathBuf::from("/var/lib/baton"));
        assert_eq!(config.poll, Duration::from_millis(200));
        assert_eq!(config.heartbeat, Duration::from_mins(1));
        assert_eq!(config.app.start_timeout, Duration::from_secs(5));
        assert_eq!(config.app.stop_timeout, Duration::from_secs(90));
    }

    #[test]
    fn the_command_line_wins() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("agent.toml");
        fs::write(&path, example()).unwrap();
        let config = Config::load(&Run {
            config: path,
            root: Some("/elsewhere".into()),
            listen_address: Some([127, 1, 2, 3].into()),
            die_with_parent: false,
        })
        .unwrap();
        assert_eq!(config.root, PathBuf::from("/elsewhere"));
        assert_eq!(config.app.listen, "127.1.2.3:8080".parse().unwrap());
    }

    #[test]
    fn each_mistake_is_named_with_its_line() {
        let mistakes = [
            ("poll = \"200ms\"", "poll = \"soon\"", "not a duration"),
            ("poll = \"200ms\"", "pol = \"1s\"", "unknown field `pol`"),
            ("poll = \"200ms\"", "poll = \"0s\"", "must not be zero"),
            ("/healthz", "health check", "not a URL path"),
            ("RWQf6", "RW", "not a minisign public key"),
            ("\"example\"", "\"Example\"", "not a name"),
        ];
        for (good, bad, said) in mistakes {
            let text = example().replace(good, bad);
            let Err(ConfigError::Malformed { source, .. }) = parse(&text) else {
                panic!("{bad} was accepted");
            };
            let message = source.to_string();
            assert!(message.contains(said), "{message}");
            assert!(message.contains("line"), "{message}");
        }
    }
}
