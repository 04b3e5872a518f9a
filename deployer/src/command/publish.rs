//! `deploy publish`.

use crate::access::AwsAccess;
use crate::cli::{Output, PublishArgs};
use crate::clock;
use crate::config::Config;
use crate::environ;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, Line};
use crate::publish::{Draft, Origin, Published, Publisher, git_revision};
use crate::report::Transfer;
use crate::signing::{KeyError, PASSWORD_VARIABLE, SigningKey};
use contract::store::{Access, Store};
use indicatif::HumanBytes;
use std::fmt;

/// Publishes a version.
pub async fn run(config: &Config, args: &PublishArgs, output: Output) -> Result<Exit, Failure> {
    let key_path = args.key.as_deref().ok_or(KeyError::NotNamed)?;
    let key = SigningKey::load(key_path, environ::secret(PASSWORD_VARIABLE))?;
    let draft = Draft::gather(config.service.clone(), args)?;
    let store = Store::open(&config.store, &access(config).await?)?;
    let publisher = Publisher::new(&store, &config.public_key, &key)?;
    let transfer = transfer(&draft, output);
    let origin = Origin::new(clock::now(), git_revision());
    let ended = publisher.publish(&draft, &origin, &transfer).await;
    drop(transfer);
    output::print(output, &Line::new("published", ended?));
    Ok(Exit::Done)
}

/// How the store is reached; only one in S3 needs AWS. Endpoint and region are said first, because the environment that this
/// process runs in can redirect both.
async fn access(config: &Config) -> Result<Access, Failure> {
    if !config.store.starts_with("s3:") {
        return Ok(Access::default());
    }
    let aws = AwsAccess::load(config.common_region()).await?;
    let access = aws.store_access();
    let region = access.region.as_deref().unwrap_or("unknown");
    let endpoint = access.endpoint.as_deref().unwrap_or("AWS");
    let store = &config.store;
    output::remark(&format!(
        "store {store}, region {region}, endpoint {endpoint}"
    ));
    Ok(access)
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
