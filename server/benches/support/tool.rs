//! Programs of others that a bench needs and a machine may lack.

use std::io;
use std::path::PathBuf;
use std::process::Command;

/// Where Debian puts servers, which an ordinary user's PATH leaves out.
const PLACES: [&str; 4] = ["", "/usr/sbin/", "/usr/bin/", "/usr/local/sbin/"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tool {
    pub(crate) path: PathBuf,
    /// Name and version, as in `nginx 1.22.1`.
    pub(crate) title: String,
}

/// Finds `name`, or says that it is skipped.
pub(crate) fn find(name: &'static str) -> Result<Tool, Missing> {
    let found = PLACES.iter().find_map(|place| {
        let path = PathBuf::from(format!("{place}{name}"));
        let output = Command::new(&path).arg("-v").output();
        let said = output.map(|output| [output.stdout, output.stderr].concat());
        said.map(|said| (path, said)).ok()
    });
    let (path, said) = found.ok_or(Missing { name })?;
    let said = String::from_utf8_lossy(&said);
    let version = version(&said).map_or(String::new(), |version| format!(" {version}"));
    Ok(Tool {
        path,
        title: format!("{name}{version}"),
    })
}

#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("SKIPPED: {name} is not installed")]
pub(crate) struct Missing {
    name: &'static str,
}

/// The first number with dots, without the packager's additions.
fn version(said: &str) -> Option<&str> {
    let mut words = said.split([' ', '/', '\n', '-', '+']);
    words.find(|word| word.contains('.') && word.starts_with(|first: char| first.is_ascii_digit()))
}

/// A port that was free a moment ago, for servers that bind by themselves.
pub(crate) fn free_address() -> io::Result<std::net::SocketAddr> {
    std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()
}
