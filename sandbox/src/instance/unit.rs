//! What systemd does on a real instance: finds out what a unit that the user data enabled would run.
//!
//! `systemctl enable --now NAME`, and `ExecStart=` of that unit's `[Service]` section. Restarting, sandboxing and ordering are
//! systemd's and are not played here: an agent that ends is, in the sandbox, an instance that ends.

use super::boot::below;
use std::path::Path;
use std::time::Duration;

/// Why nothing can be started.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnitError {
    /// A command other than those of systemctl that are known here.
    #[error(
        "the sandbox does not run {0:?} from runcmd, only systemctl daemon-reload and enable --now"
    )]
    Command(String),
    /// No command enables a unit.
    #[error("no command of runcmd enables a unit, so nothing would run")]
    NothingEnabled,
    /// The unit was not written.
    #[error("unit {0} does not exist below /etc/systemd/system")]
    NoUnit(String),
    /// The unit has no (or no plain) `ExecStart=`.
    #[error("unit {0} has no ExecStart= with an absolute program")]
    NoExecStart(String),
}

/// systemd's own `RestartSec=`.
const DEFAULT_RESTART: Duration = Duration::from_millis(100);

/// A program and its arguments, as the unit has them: paths are the instance's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecStart {
    /// The file name of the program, e.g. `baton-agent`.
    pub program: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// How long after its death it is started again; `None` if it is not.
    pub restart: Option<Duration>,
}

/// What the commands of `runcmd` start on the instance whose disk is `root`.
pub fn started_by(commands: &[Vec<String>], root: &Path) -> Result<ExecStart, UnitError> {
    let mut enabled = None;
    for command in commands {
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["systemctl", "daemon-reload"] => {}
            ["systemctl", "enable", "--now", unit] => enabled = Some((*unit).to_owned()),
            other => return Err(UnitError::Command(other.join(" "))),
        }
    }
    let unit = enabled.ok_or(UnitError::NothingEnabled)?;
    let text = below(root, &format!("/etc/systemd/system/{unit}"))
        .and_then(|path| std::fs::read_to_string(path).ok())
        .ok_or_else(|| UnitError::NoUnit(unit.clone()))?;
    exec_start(&text).ok_or(UnitError::NoExecStart(unit))
}

fn exec_start(unit: &str) -> Option<ExecStart> {
    let mut in_service = false;
    for line in unit.lines().map(str::trim) {
        if line.starts_with('[') {
            in_service = line == "[Service]";
        }
        if let (true, Some(command)) = (in_service, line.strip_prefix("ExecStart=")) {
            let mut words = command.split_whitespace().map(str::to_owned);
            let path = words.next().filter(|path| path.starts_with('/'))?;
            let program = path.rsplit('/').next()?.to_owned();
            return Some(ExecStart {
                program,
                args: words.collect(),
                restart: restart(unit),
            });
        }
    }
    None
}

/// `Restart=` and `RestartSec=`, as far as a killed program is concerned.
/// <https://www.freedesktop.org/software/systemd/man/latest/systemd.service.html>
fn restart(unit: &str) -> Option<Duration> {
    let value = |key: &str| {
        let lines = unit.lines().map(str::trim);
        lines.filter_map(|line| line.strip_prefix(key)).next_back()
    };
    let wanted = value("Restart=")?;
    if !["always", "on-failure", "on-abnormal", "on-abort"].contains(&wanted) {
        return None;
    }
    let pause = value("RestartSec=").and_then(|pause| humantime::parse_duration(pause).ok());
    Some(pause.unwrap_or(DEFAULT_RESTART))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(command: &str) -> Vec<String> {
        command.split(' ').map(str::to_owned).collect()
    }

    fn root_with(unit: &str) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("etc/systemd/system");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("a.service"), unit).unwrap();
        root
    }

    #[test]
    fn an_enabled_unit_says_what_runs() {
        let root =
            root_with("[Unit]\nExecStart=/no/this\n[Service]\nExecStart=/usr/bin/a run --x\n");
        let commands = [
            words("systemctl daemon-reload"),
            words("systemctl enable --now a.service"),
        ];
        let started = started_by(&commands, root.path()).unwrap();
        assert_eq!(
            started,
            ExecStart {
                program: "a".to_owned(),
                args: words("run --x"),
                restart: None,
            }
        );
    }

    #[test]
    fn whatever_would_not_run_is_an_error() {
        let root = root_with("[Service]\nType=notify\n");
        let enable = |unit: &str| [words(&format!("systemctl enable --now {unit}"))];
        let of = |commands: &[Vec<String>]| started_by(commands, root.path()).unwrap_err();
        assert_eq!(of(&[]), UnitError::NothingEnabled);
        assert_eq!(
            of(&[words("reboot now")]),
            UnitError::Command("reboot now".to_owned())
        );
        assert_eq!(
            of(&enable("b.service")),
            UnitError::NoUnit("b.service".to_owned())
        );
        assert_eq!(of(&enable("../a")), UnitError::NoUnit("../a".to_owned()));
        assert_eq!(
            of(&enable("a.service")),
            UnitError::NoExecStart("a.service".to_owned())
        );
    }
}
