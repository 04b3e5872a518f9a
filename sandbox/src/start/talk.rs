//! What a sandbox says while it works: lines on stderr, for people.

use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Where talk goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Talk {
    /// To stderr.
    Stderr,
    /// Nowhere.
    Silent,
}

impl Talk {
    /// Says one line.
    pub fn say(self, line: &str) {
        if self == Talk::Stderr {
            // There is nobody left to tell if stderr is closed.
            let _ = writeln!(std::io::stderr(), "{line}");
        }
    }
}

/// A path as a person would type it: relative to the current folder if it lies below it.
pub fn nearby(path: &Path) -> PathBuf {
    let relative = |path: PathBuf| {
        let here = std::env::current_dir().ok()?;
        path.strip_prefix(here).map(Path::to_owned).ok()
    };
    let below = std::path::absolute(path).ok().and_then(relative);
    match below {
        Some(below) if below != Path::new("") => below,
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_path_below_the_current_folder_is_told_from_there() {
        let here = std::env::current_dir().unwrap();
        assert_eq!(nearby(&here.join("a/b")), Path::new("a/b"));
        assert_eq!(nearby(Path::new("a/b")), Path::new("a/b"));
        assert_eq!(nearby(Path::new("/elsewhere/b")), Path::new("/elsewhere/b"));
        assert_eq!(nearby(&here), here);
    }
}
