//! The whole of `deploy.toml`: the service, where its releases are, who signs them, and its environments.

use super::environment::Environment;
use super::problem::ConfigErrors;
use super::section::{Findings, Section};
use super::suggest;
use super::value;
use crate::exit::Exit;
use crate::failure::Explain;
use contract::names::Name;
use contract::signature::PublicKey;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use toml::de::DeTable;

/// A checked `deploy.toml`.
#[derive(Clone, Debug)]
pub struct Config {
    /// The service that is released.
    pub service: Name,
    /// The store's URL: `s3://bucket/prefix`, `https://host/prefix` or `file:///folder`.
    pub store: String,
    /// The key that every manifest must be signed with.
    pub public_key: PublicKey,
    /// The environments, at least one.
    pub environments: BTreeMap<Name, Environment>,
    /// The file that this was read from.
    pub path: PathBuf,
}

/// An environment was asked for that `deploy.toml` does not have.
#[derive(Debug, thiserror::Error)]
#[error("{} has no environment `{asked}`", path.display())]
pub struct UnknownEnvironment {
    /// What was asked for.
    pub asked: Name,
    /// The environments that there are.
    pub known: Vec<Name>,
    /// The configuration file.
    pub path: PathBuf,
}

impl Config {
    /// Reads and checks a configuration file. Every problem is reported, not only the first.
    pub fn load(path: &Path) -> Result<Self, ConfigErrors> {
        let document =
            std::fs::read_to_string(path).map_err(|source| ConfigErrors::Unreadable {
                path: path.to_owned(),
                source,
            })?;
        Self::parse(&document, path)
    }

    /// As [`Config::load`], of a document already read; `path` is only for messages.
    pub fn parse(document: &str, path: &Path) -> Result<Self, ConfigErrors> {
        let findings = Findings::new(document);
        let (table, errors) = DeTable::parse_recoverable(document);
        for error in &errors {
            let hint = "see https://toml.io for the form of the file";
            findings.note(error.span().unwrap_or(0..0), error.message(), hint);
        }
        let config = read(Section::root(&table, &findings), path);
        let problems = findings.finish();
        match config {
            Some(config) if problems.is_empty() => Ok(config),
            _ => Err(ConfigErrors::Malformed {
                path: path.to_owned(),
                problems,
            }),
        }
    }

    /// The region of all environments, if they share one: then the store is taken to be there too.
    pub fn common_region(&self) -> Option<&str> {
        let mut regions = self.environments.values().map(|it| it.region.as_str());
        let first = regions.next()?;
        regions.all(|region| region == first).then_some(first)
    }

    /// The environment of this name.
    pub fn environment(&self, name: &Name) -> Result<&Environment, UnknownEnvironment> {
        self.environments
            .get(name)
            .ok_or_else(|| UnknownEnvironment {
                asked: name.clone(),
                known: self.environments.keys().cloned().collect(),
                path: self.path.clone(),
            })
    }
}

fn read(mut root: Section<'_>, path: &Path) -> Option<Config> {
    let service = root.required("service", value::name);
    let store = root.required("store", value::store);
    let public_key = root.required("public_key", value::public_key);
    let environments = environments(&mut root);
    root.finish();
    Some(Config {
        service: service?,
        store: store?,
        public_key: public_key?,
        environments,
        path: path.to_owned(),
    })
}

fn environments(root: &mut Section<'_>) -> BTreeMap<Name, Environment> {
    let mut environments: BTreeMap<Name, Environment> = BTreeMap::new();
    for (text, span, section) in root.sections("environments") {
        let name = match value::parse_name(text) {
            Ok(name) => Some(name),
            Err(refusal) => {
                root.note_at(span.clone(), refusal.message, refusal.hint);
                None
            }
        };
        let Some(environment) = Environment::read(name, section) else {
            continue;
        };
        // A lease guards an environment: two names for one group would let two deployments change it at once.
        if let Some(twin) = environments
            .values()
            .find(|other| other.same_group(&environment))
        {
            let message = format!(
                "environments `{}` and `{text}` are the same group",
                twin.name
            );
            root.note_at(span, message, "give each environment a group of its own");
        }
        environments.insert(environment.name.clone(), environment);
    }
    environments
}

impl Explain for UnknownEnvironment {
    fn exit(&self) -> Exit {
        Exit::BadConfig
    }

    fn hint(&self) -> Option<String> {
        if let Some(near) =
            suggest::nearest(self.asked.as_str(), self.known.iter().map(Name::as_str))
        {
            return Some(format!("did you mean `{near}`?"));
        }
        let known: Vec<&str> = self.known.iter().map(Name::as_str).collect();
        Some(format!("known environments: {}", known.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Strategy;
    use proptest::prelude::*;

    const KEY: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";

    /// The example of the README, with a key that is one.
    fn example() -> String {
        let readme = include_str!("../../README.md");
        let block = readme.split("```toml\n").nth(1).unwrap();
        block.split("```").next().unwrap().replace("RW…", KEY)
    }

    #[test]
    fn the_readme_shows_every_key_and_the_defaults() {
        let config = Config::parse(&example(), Path::new("deploy.toml")).unwrap();
        let environment = config.environment(&"prod".parse().unwrap()).unwrap();
        assert_eq!(environment.strategy, Strategy::default());
        assert!(!environment.sandbox);
        for key in [
            "min_healthy_percentage",
            "max_healthy_percentage",
            "instance_warmup",
            "failure_budget",
            "settle_deadline",
            "\ndeadline",
            "poll",
            "lease",
        ] {
            assert!(example().contains(key), "{key}");
        }
    }

    #[test]
    fn the_store_is_where_all_environments_are_if_they_agree() {
        let mut text = example();
        let region = |text: &str| {
            let config = Config::parse(text, Path::new("deploy.toml")).unwrap();
            config.common_region().map(str::to_owned)
        };
        assert_eq!(region(&text).as_deref(), Some("eu-west-1"));
        text.push_str(
            "[environments.us]\nregion = \"us-east-1\"\naccount = \"123456789012\"\ngroup = \"g\"\n",
        );
        assert_eq!(region(&text), None);
    }

    proptest! {
        #[test]
        fn a_damaged_file_is_refused_and_never_a_panic(at in 0..2000_usize, junk in "[\\[\\]\"=#\n.a0é\u{1}-]{0,4}", cut in 0..9_usize) {
            let mut text: Vec<char> = example().chars().collect();
            let at = at.min(text.len());
            let end = (at + cut).min(text.len());
            text.splice(at..end, junk.chars());
            let text: String = text.into_iter().collect();
            if let Err(errors) = Config::parse(&text, Path::new("deploy.toml")) {
                prop_assert!(!errors.problems().is_empty());
                for problem in errors.problems() {
                    prop_assert!(problem.line >= 1 && problem.line <= text.lines().count() + 1);
                    prop_assert!(problem.column >= 1);
                }
            }
        }
    }
}
