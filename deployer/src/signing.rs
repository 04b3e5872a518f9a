//! The key that signs releases: minisign key files, made and used. Compatible with the `minisign` tool.
//!
//! What is signed, and where the signature goes, is the business of [`crate::publish`].

use crate::exit::Exit;
use crate::failure::Explain;
use contract::signature::PublicKey;
use minisign::{KeyPair, PError, SecretKey, SecretKeyBox};
use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The variable that holds the password of an encrypted signing key.
pub const PASSWORD_VARIABLE: &str = "DEPLOY_SIGNING_KEY_PASSWORD";

/// A secret key, decrypted and ready to sign. It is never printed.
pub struct SigningKey {
    secret: SecretKey,
    path: PathBuf,
}

/// Why a key cannot be used or made.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// No key was named.
    #[error("no signing key is named")]
    NotNamed,
    /// The key file cannot be read.
    #[error("cannot read the signing key {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The operating system's answer.
        #[source]
        source: io::Error,
    },
    /// The file is not a minisign secret key, or its password is wrong.
    #[error("the signing key {} cannot be used", path.display())]
    Refused {
        /// The file.
        path: PathBuf,
        /// What minisign says.
        #[source]
        source: PError,
    },
    /// The key is encrypted, and no password was given.
    #[error("the signing key {} is encrypted, and there is no password", path.display())]
    PasswordMissing {
        /// The file.
        path: PathBuf,
    },
    /// The key is not the secret half of the configured public key.
    #[error("the signing key {} does not belong to `public_key` in deploy.toml", path.display())]
    OtherKey {
        /// The file.
        path: PathBuf,
        /// The public half of the key in the file.
        belongs_to: String,
    },
    /// Making or using the key failed inside minisign.
    #[error("minisign failed")]
    Minisign(#[from] PError),
    /// A key file is there already.
    #[error("{} exists", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A key file cannot be written.
    #[error("cannot write {}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// The operating system's answer.
        #[source]
        source: io::Error,
    },
    /// The variable that should hold the password of a new key is empty.
    #[error("the variable {variable} holds no password")]
    NoPassword {
        /// The variable.
        variable: String,
    },
}

impl SigningKey {
    /// Reads a secret key file. `password` is used only when the key is encrypted.
    pub fn load(path: &Path, password: Option<String>) -> Result<Self, KeyError> {
        let path = path.to_owned();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(source) => return Err(KeyError::Unreadable { path, source }),
        };
        match decrypt(&text, password) {
            Ok(Some(secret)) => Ok(Self { secret, path }),
            Ok(None) => Err(KeyError::PasswordMissing { path }),
            Err(source) => Err(KeyError::Refused { path, source }),
        }
    }

    /// Succeeds when this is the secret half of `public_key`.
    pub fn check_pair(&self, public_key: &PublicKey) -> Result<(), KeyError> {
        let belongs_to = minisign::PublicKey::from_secret_key(&self.secret)?.to_base64();
        if belongs_to == public_key.as_str() {
            return Ok(());
        }
        Err(KeyError::OtherKey {
            path: self.path.clone(),
            belongs_to,
        })
    }

    /// The text of a `.minisig` file over these bytes. The comment is signed too.
    pub fn sign(&self, bytes: &[u8], comment: &str) -> Result<String, KeyError> {
        let untrusted = Some("signed by deploy publish");
        let signature = minisign::sign(None, &self.secret, bytes, Some(comment), untrusted)?;
        Ok(signature.into_string())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.path.display())
    }
}

/// The key in the text of a key file; `None` when it is encrypted and there is no password.
fn decrypt(text: &str, password: Option<String>) -> Result<Option<SecretKey>, PError> {
    let plain = SecretKeyBox::from_string(text)?.into_unencrypted_secret_key();
    match plain {
        Ok(secret) => Ok(Some(secret)),
        // The crate has no kind of its own for it; a test holds this text.
        Err(error) if error.to_string().contains("might be encrypted") => match password {
            Some(_) => SecretKeyBox::from_string(text)?
                .into_secret_key(password)
                .map(Some),
            None => Ok(None),
        },
        Err(error) => Err(error),
    }
}

/// Makes sure that the folder for a key pair exists; one that is made is its owner's alone.
pub fn make_folder(path: &Path) -> Result<(), KeyError> {
    let made = fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path);
    made.map_err(|source| KeyError::Unwritable {
        path: path.to_owned(),
        source,
    })
}

/// Makes a key pair and writes both halves to new files; a file that exists is left alone. Returns the public key.
pub fn generate(
    secret: &Path,
    public: &Path,
    password: Option<String>,
) -> Result<PublicKey, KeyError> {
    for path in [secret, public] {
        if path.exists() {
            return Err(KeyError::Exists {
                path: path.to_owned(),
            });
        }
    }
    let pair = match password {
        Some(_) => KeyPair::generate_encrypted_keypair(password)?,
        None => KeyPair::generate_unencrypted_keypair()?,
    };
    write_new(secret, 0o600, &pair.sk.to_box(None)?.to_bytes())?;
    if let Err(error) = write_new(public, 0o644, &pair.pk.to_box()?.to_bytes()) {
        // Half a pair helps nobody, and would stop the next try.
        let _ = fs::remove_file(secret);
        return Err(error);
    }
    let line = pair.pk.to_base64();
    line.parse()
        .map_err(|source| KeyError::Minisign(PError::new(minisign::ErrorKind::Encoding, source)))
}

fn write_new(path: &Path, mode: u32, bytes: &[u8]) -> Result<(), KeyError> {
    let write = || {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => KeyError::Exists {
            path: path.to_owned(),
        },
        _ => KeyError::Unwritable {
            path: path.to_owned(),
            source,
        },
    })
}

impl Explain for KeyError {
    fn exit(&self) -> Exit {
        match self {
            Self::NoPassword { .. } => Exit::Usage,
            _ => Exit::KeyUnusable,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NotNamed => "name it with --key PATH or DEPLOY_SIGNING_KEY; `deploy keygen` makes one".to_owned(),
            Self::Unreadable { .. } => "check the path and who may read it".to_owned(),
            Self::Refused { .. } => format!("check that it is a minisign secret key, and its password in {PASSWORD_VARIABLE}"),
            Self::PasswordMissing { .. } => format!("put its password into {PASSWORD_VARIABLE}"),
            Self::OtherKey { belongs_to, .. } => format!("use the key that signed before; this one belongs to {belongs_to}"),
            Self::Minisign(_) => return None,
            Self::Exists { .. } => "a key is never overwritten: name other files with --secret and --public, or another folder with --out".to_owned(),
            Self::Unwritable { .. } => "name a folder that exists and that you may write to".to_owned(),
            Self::NoPassword { variable } => format!("set {variable}, or leave --password-env away for a key without a password"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(password: Option<&str>) -> (tempfile::TempDir, PathBuf, PublicKey) {
        let folder = tempfile::tempdir().unwrap();
        let secret = folder.path().join("k.key");
        let public = generate(
            &secret,
            &folder.path().join("k.pub"),
            password.map(str::to_owned),
        );
        (folder, secret, public.unwrap())
    }

    #[test]
    fn what_a_generated_key_signs_its_public_half_verifies() {
        let (_folder, secret, public) = pair(None);
        let key = SigningKey::load(&secret, None).unwrap();
        key.check_pair(&public).unwrap();
        let signature = key.sign(b"bytes", "service=a").unwrap();
        public.verify(b"bytes", &signature).unwrap();
        assert!(public.verify(b"other", &signature).is_err());
    }

    #[test]
    fn an_encrypted_key_asks_for_its_own_password() {
        let (_folder, secret, public) = pair(Some("horse"));
        let load = |password: Option<&str>| SigningKey::load(&secret, password.map(str::to_owned));
        assert!(matches!(load(None), Err(KeyError::PasswordMissing { .. })));
        assert!(matches!(load(Some("cow")), Err(KeyError::Refused { .. })));
        load(Some("horse")).unwrap().check_pair(&public).unwrap();
    }

    #[test]
    fn the_key_of_another_pair_and_what_is_no_key_are_refused() {
        let (folder, secret, _) = pair(None);
        let (_other, _, public) = pair(None);
        let key = SigningKey::load(&secret, None).unwrap();
        assert!(matches!(
            key.check_pair(&public),
            Err(KeyError::OtherKey { .. })
        ));
        for garbage in ["", "x", "untrusted comment: x\nRWQ=\n", "a\n!!!\n"] {
            let path = folder.path().join("garbage");
            fs::write(&path, garbage).unwrap();
            assert!(
                matches!(SigningKey::load(&path, None), Err(KeyError::Refused { .. })),
                "{garbage:?}"
            );
        }
    }
}
