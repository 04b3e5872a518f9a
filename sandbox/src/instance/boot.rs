//! The first boot of an instance: what cloud-init does with user data, as far as the sandbox's own templates use it.
//!
//! `#cloud-config` with `write_files` and `runcmd`. Anything else is refused by name, and then nothing is started: an instance
//! that silently ignored half of its user data would make a rehearsal say yes to a template that a real machine reads
//! differently. Files go below the
//! instance's root and nowhere else; commands are not run here but handed back, because there is no systemd to run them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Deserialize;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Component, Path, PathBuf};

/// Why the user data starts nothing.
#[derive(Debug, thiserror::Error)]
pub enum BootError {
    /// No user data at all.
    #[error("the launch template has no user data")]
    NoUserData,
    /// Not UTF-8, or without the line that tells cloud-init what it is.
    #[error("user data does not begin with the line #cloud-config")]
    NotCloudConfig,
    /// YAML that is not the shape known here.
    #[error("user data is not a cloud-config that the sandbox knows: {0}")]
    Unknown(String),
    /// A path that is not absolute or climbs out of the root.
    #[error("write_files wants to write to {0:?}, which is not an absolute path below /")]
    Path(String),
    /// Permissions that are not an octal number.
    #[error("permissions {permissions:?} of {path} are not octal")]
    Permissions {
        /// The file.
        path: String,
        /// What stands in the user data.
        permissions: String,
    },
    /// `encoding: b64` with something else in `content`.
    #[error("the content of {path} is not base64")]
    Base64 {
        /// The file.
        path: String,
        /// Where it breaks off.
        #[source]
        source: base64::DecodeError,
    },
    /// The disk refuses.
    #[error("could not write {path}")]
    Write {
        /// The file below the root.
        path: PathBuf,
        /// The operating system's reason.
        #[source]
        source: io::Error,
    },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CloudConfig {
    #[serde(default)]
    write_files: Vec<WriteFile>,
    #[serde(default)]
    runcmd: Vec<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WriteFile {
    path: String,
    content: String,
    permissions: Option<String>,
    encoding: Option<Encoding>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
enum Encoding {
    #[serde(rename = "b64", alias = "base64")]
    Base64,
    #[serde(rename = "text/plain")]
    Plain,
}

/// Writes what `user_data` says below `root` and answers the commands of `runcmd`, in order.
pub fn boot(root: &Path, user_data: Option<&[u8]>) -> Result<Vec<Vec<String>>, BootError> {
    let user_data = user_data.ok_or(BootError::NoUserData)?;
    let text = std::str::from_utf8(user_data).map_err(|_| BootError::NotCloudConfig)?;
    if text.lines().next().map(str::trim_end) != Some("#cloud-config") {
        return Err(BootError::NotCloudConfig);
    }
    let config: CloudConfig =
        serde_saphyr::from_str(text).map_err(|error| BootError::Unknown(error.to_string()))?;
    for file in &config.write_files {
        write(root, file)?;
    }
    Ok(config.runcmd)
}

/// Where a path of the instance lies on this machine. `None` if it is not absolute or has `..` in it.
pub fn below(root: &Path, path: &str) -> Option<PathBuf> {
    let mut below = root.to_owned();
    let mut components = Path::new(path).components();
    if components.next() != Some(Component::RootDir) {
        return None;
    }
    for component in components {
        match component {
            Component::Normal(name) => below.push(name),
            Component::CurDir => {}
            Component::Prefix(_) | Component::RootDir | Component::ParentDir => return None,
        }
    }
    (below != root).then_some(below)
}

fn write(root: &Path, file: &WriteFile) -> Result<(), BootError> {
    let path = below(root, &file.path).ok_or_else(|| BootError::Path(file.path.clone()))?;
    let content = content(file)?;
    let mode = mode(file)?;
    let written = || -> io::Result<()> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&path, content)?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode))
    };
    written().map_err(|source| BootError::Write {
        path: path.clone(),
        source,
    })
}

fn content(file: &WriteFile) -> Result<Vec<u8>, BootError> {
    match file.encoding.unwrap_or(Encoding::Plain) {
        Encoding::Plain => Ok(file.content.clone().into_bytes()),
        Encoding::Base64 => {
            BASE64
                .decode(file.content.trim())
                .map_err(|source| BootError::Base64 {
                    path: file.path.clone(),
                    source,
                })
        }
    }
}

fn mode(file: &WriteFile) -> Result<u32, BootError> {
    // cloud-init's own default.
    let permissions = file.permissions.as_deref().unwrap_or("0644");
    u32::from_str_radix(permissions, 8)
        .ok()
        .filter(|mode| *mode <= 0o7777)
        .ok_or_else(|| BootError::Permissions {
            path: file.path.clone(),
            permissions: permissions.to_owned(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn booted(user_data: &str) -> (tempfile::TempDir, Result<Vec<Vec<String>>, BootError>) {
        let root = tempfile::tempdir().unwrap();
        let commands = boot(root.path(), Some(user_data.as_bytes()));
        (root, commands)
    }

    #[test]
    fn files_are_written_with_their_permissions_and_commands_handed_back() {
        let (root, commands) = booted(
            "#cloud-config\nwrite_files:\n  - path: /etc/a/b.toml\n    permissions: \"0600\"\n    content: |\n      x = 1\n\n      y = 2\n  - path: /etc/c\n    encoding: b64\n    content: aGVsbG8K\nruncmd:\n  - [systemctl, enable, --now, x.service]\n",
        );
        assert_eq!(
            commands.unwrap(),
            [["systemctl", "enable", "--now", "x.service"]]
        );
        let written = root.path().join("etc/a/b.toml");
        assert_eq!(
            std::fs::read_to_string(&written).unwrap(),
            "x = 1\n\ny = 2\n"
        );
        assert_eq!(
            written.metadata().unwrap().permissions().mode() & 0o7777,
            0o600
        );
        assert_eq!(
            std::fs::read_to_string(root.path().join("etc/c")).unwrap(),
            "hello\n"
        );
    }

    #[test]
    fn no_path_leads_out_of_the_root() {
        for path in ["/../x", "/etc/../../x", "etc/x", "/", "../x", ""] {
            let (root, result) = booted(&format!(
                "#cloud-config\nwrite_files:\n  - path: \"{path}\"\n    content: x\n"
            ));
            assert!(
                matches!(result, Err(BootError::Path(_))),
                "{path}: {result:?}"
            );
            assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 0);
        }
    }

    #[test]
    fn what_cloud_init_would_do_and_we_would_not_is_refused() {
        for (user_data, named) in [
            ("#cloud-config\npackages: [nginx]\n", "packages"),
            (
                "#cloud-config\nwrite_files:\n  - {path: /x, content: x, append: true}\n",
                "append",
            ),
            (
                "#cloud-config\nwrite_files:\n  - {path: /x, content: x, encoding: gz}\n",
                "gz",
            ),
        ] {
            let (_, result) = booted(user_data);
            let message = result.unwrap_err().to_string();
            assert!(message.contains(named), "{message}");
        }
    }

    #[test]
    fn user_data_of_another_kind_is_refused() {
        for user_data in ["#!/bin/sh\ntrue\n", "write_files: []\n", ""] {
            assert!(
                matches!(booted(user_data).1, Err(BootError::NotCloudConfig)),
                "{user_data}"
            );
        }
        let root = tempfile::tempdir().unwrap();
        assert!(matches!(
            boot(root.path(), None),
            Err(BootError::NoUserData)
        ));
        assert!(matches!(
            boot(root.path(), Some(&[0xff])),
            Err(BootError::NotCloudConfig)
        ));
    }

    #[test]
    fn bad_permissions_and_bad_base64_name_the_file() {
        for bad in ["permissions: \"rwx\"", "encoding: b64"] {
            let (_, result) = booted(&format!(
                "#cloud-config\nwrite_files:\n  - path: /etc/x\n    content: \"%\"\n    {bad}\n"
            ));
            assert!(result.unwrap_err().to_string().contains("/etc/x"));
        }
    }
}
