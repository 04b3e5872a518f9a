//! The `deploy.toml` of a sandbox: what `deploy` needs to know to release to its group.

use crate::names;
use crate::profile::{Deploy, text};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
struct Document<'a> {
    service: &'a str,
    store: &'a str,
    public_key: &'a str,
    environments: BTreeMap<&'a str, Environment<'a>>,
}

#[derive(Serialize)]
struct Environment<'a> {
    sandbox: bool,
    region: &'a str,
    account: &'a str,
    group: &'a str,
    strategy: toml::Table,
}

#[derive(Serialize)]
struct Strategy {
    min_healthy_percentage: u8,
    max_healthy_percentage: u16,
    instance_warmup: String,
    deadline: String,
    settle_deadline: String,
    poll: String,
    lease: String,
}

/// The document, for a group that is deployed to at this pace and releases signed by the owner of `public_key`.
pub(super) fn document(public_key: &str, deploy: &Deploy) -> Result<String, toml::ser::Error> {
    let mut strategy = toml::Table::try_from(Strategy {
        min_healthy_percentage: 100,
        max_healthy_percentage: deploy.max_healthy_percentage,
        instance_warmup: text(deploy.instance_warmup),
        deadline: text(deploy.deadline),
        settle_deadline: text(deploy.settle_deadline),
        poll: text(deploy.poll),
        lease: text(deploy.lease),
    })?;
    strategy.extend(deploy.strategy.clone());
    let environment = Environment {
        sandbox: true,
        region: names::REGION,
        account: names::ACCOUNT,
        group: names::GROUP,
        strategy,
    };
    toml::to_string(&Document {
        service: names::SERVICE,
        store: names::STORE,
        public_key,
        environments: BTreeMap::from([(names::ENVIRONMENT, environment)]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Profile;

    #[test]
    fn the_document_names_the_sandbox_and_only_it() {
        let text = document("RWQexample", &Profile::fast().deploy).unwrap();
        let document: toml::Table = text.parse().unwrap();
        assert_eq!(document["store"].as_str(), Some("s3://baton-releases"));
        let environments = document["environments"].as_table().unwrap();
        assert_eq!(environments.keys().collect::<Vec<_>>(), ["sandbox"]);
        assert_eq!(environments["sandbox"]["sandbox"].as_bool(), Some(true));
        assert_eq!(
            environments["sandbox"]["account"].as_str(),
            Some("000000000000")
        );
    }

    #[test]
    fn somebodys_own_strategy_goes_first() {
        let mut deploy = Profile::fast().deploy;
        deploy
            .strategy
            .insert("failure_budget".to_owned(), 3.into());
        deploy
            .strategy
            .insert("min_healthy_percentage".to_owned(), 50.into());
        let text = document("RWQexample", &deploy).unwrap();
        let document: toml::Table = text.parse().unwrap();
        let strategy = &document["environments"]["sandbox"]["strategy"];
        assert_eq!(strategy["failure_budget"].as_integer(), Some(3));
        assert_eq!(strategy["min_healthy_percentage"].as_integer(), Some(50));
        assert!(strategy["poll"].is_str());
    }
}
