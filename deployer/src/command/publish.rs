//! `deploy publish`.

use crate::cli::{Output, PublishArgs};
use crate::clock;
use crate::config::Config;
use crate::environ;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, Line};
use crate::publish::{Draft, Published, Publisher, git_revision};
use crate::report::Transfer;
use crate::signing::{KeyError, PASSWORD_VARIABLE, SigningKey};
use contract::store::{Access, Store};
use indicatif::HumanBytes;
use std::fmt;

/// Publishes a version.
pub async fn run(config: &Config, args: &PublishArgs, output: Output) -> Result<Exit, Failure> {
    let key_path = args.key.as_deref().ok_or(KeyError::NotNamed)?;
    let key = SigningKey::load(key_path, environ::secret(PASSWORD_VARIABLE))?;
    let identity = (config.service.clone(), args.version.clone());
    let draft = Draft::gather(
        identity,
        &args.files,
        args.entrypoint.clone(),
        args.target.as_deref(),
    )?;
    let store = Store::open(&config.store, &Access::default())?;
    let publisher = Publisher::new(&store, &config.public_key, &key)?;
    let transfer = transfer(&draft, output);
    let published = publisher
        .publish(&draft, (clock::now(), git_revision()), &transfer)
        .await;
    drop(transfer);
    output::print(output, &Line::new("published", published?));
    Ok(Exit::Done)
}

fn transfer(draft: &Draft, output: Output) -> Transfer {
    match output {
        Output::Auto => Transfer::new(draft.sources.iter().map(|source| source.file.size).sum()),
        Output::Plain | Output::Json => Transfer::hidden(),
    }
}

impl fmt::Display for Published {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let already = if self.already { "already " } else { "" };
        writeln!(f, "{already}published {} {}", self.service, self.version)?;
        writeln!(f, "  manifest  {}", self.manifest)?;
        writeln!(f, "  target    {}", self.target)?;
        writeln!(f, "  store     {}", self.store)?;
        for published in &self.files {
            let file = &published.file;
            let what = if published.uploaded {
                "uploaded"
            } else {
                "was there"
            };
            writeln!(
                f,
                "  file      {} ({}, {what})",
                file.path,
                HumanBytes(file.size)
            )?;
        }
        Ok(())
    }
}
