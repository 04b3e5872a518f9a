//! `deploy keygen`.

use crate::cli::{KeygenArgs, Output};
use crate::environ;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, Line};
use crate::signing::{self, KeyError};
use contract::signature::PublicKey;
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;

/// A key pair that was made.
#[derive(Debug, Serialize)]
struct Generated {
    public_key: PublicKey,
    secret: PathBuf,
    public: PathBuf,
    encrypted: bool,
}

/// Makes a key pair.
pub fn run(args: &KeygenArgs, output: Output) -> Result<Exit, Failure> {
    let secret = args
        .secret
        .clone()
        .unwrap_or_else(|| args.out.join("deploy.key"));
    let public = args
        .public
        .clone()
        .unwrap_or_else(|| args.out.join("deploy.pub"));
    let password = args.password_env.as_deref().map(password).transpose()?;
    let encrypted = password.is_some();
    if args.secret.is_none() {
        signing::make_folder(&args.out)?;
    }
    let public_key = signing::generate(&secret, &public, password)?;
    if !encrypted {
        output::remark(&format!(
            "warning: {} has no password: whoever can read it can sign releases; --password-env NAME makes one that has",
            secret.display()
        ));
    }
    output::print(
        output,
        &Line::new(
            "generated",
            Generated {
                public_key,
                secret,
                public,
                encrypted,
            },
        ),
    );
    Ok(Exit::Done)
}

fn password(variable: &str) -> Result<String, KeyError> {
    environ::secret(variable).ok_or_else(|| KeyError::NoPassword {
        variable: variable.to_owned(),
    })
}

impl fmt::Display for Generated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "secret key  {}  (keep it secret, keep a copy)",
            self.secret.display()
        )?;
        writeln!(f, "public key  {}", self.public.display())?;
        writeln!(f, "Paste this line into deploy.toml:")?;
        writeln!(f, "public_key = \"{}\"", self.public_key)
    }
}
