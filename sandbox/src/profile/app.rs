//! How the application starts and leaves, in the words of `baton-server`'s flags.

use std::time::Duration;

/// See [`super::Profile::app`]. The words are those of `baton-server`'s flags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    /// How long the server keeps an idle connection.
    pub keep_alive: Duration,
    /// After SIGTERM: how long it serves as ever, only its health says 503.
    pub unready: Duration,
    /// After that: how long it answers what still arrives with `Connection: close` before it closes what is idle.
    pub lame: Duration,
    /// The end of it all, counted from SIGTERM.
    pub drain_total: Duration,
}

impl App {
    /// How most software leaves: at once, on SIGTERM, with connections that it closes earlier than the balancer does.
    pub fn naive() -> App {
        App {
            keep_alive: Duration::from_millis(400),
            unready: Duration::ZERO,
            lame: Duration::ZERO,
            drain_total: Duration::ZERO,
        }
    }

    /// The arguments of `baton-server` that say the same.
    pub fn args(&self) -> Vec<String> {
        [
            ("--keep-alive", self.keep_alive),
            ("--unready", self.unready),
            ("--lame", self.lame),
            ("--drain-total", self.drain_total),
        ]
        .into_iter()
        .flat_map(|(flag, duration)| [flag.to_owned(), text(duration)])
        .collect()
    }
}

/// A duration as `deploy.toml`, `agent.toml` and the server's flags read it, e.g. `2s 500ms`.
pub fn text(duration: Duration) -> String {
    humantime::format_duration(duration).to_string()
}
