//! The options that bring along how somebody deploys: the strategy of an environment of their own `deploy.toml`.

use super::failure::{Exit, Failure};
use sandbox::profile::Deploy;
use std::path::{Path, PathBuf};

/// Durations go by the sandbox's own clock, which is faster than anybody's.
const DURATIONS: [&str; 5] = [
    "instance_warmup",
    "deadline",
    "settle_deadline",
    "poll",
    "lease",
];

/// Whose strategy.
#[derive(Debug, clap::Args)]
pub(crate) struct ConfigurationArgs {
    /// Deploy with the strategy of an environment of this deploy.toml; its durations stay the sandbox's
    #[arg(long, value_name = "PATH", requires = "env")]
    config: Option<PathBuf>,

    /// The environment in it
    #[arg(long, value_name = "NAME", requires = "config")]
    env: Option<String>,
}

/// Why there is no strategy.
#[derive(Debug, thiserror::Error)]
enum ConfigurationError {
    #[error("could not read {}", .path.display())]
    File {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{} is not TOML", .path.display())]
    Toml {
        path: PathBuf,
        #[source]
        source: toml::de::Error,
    },
    #[error("{} has no environment `{name}`", .path.display())]
    NoEnvironment { path: PathBuf, name: String },
}

impl ConfigurationArgs {
    /// Puts the strategy's settings before the sandbox's own. `deploy` itself says what is wrong with them.
    pub(crate) fn apply(&self, deploy: &mut Deploy) -> Result<(), Failure> {
        let (Some(path), Some(name)) = (&self.config, &self.env) else {
            return Ok(());
        };
        let strategy = strategy(path, name).map_err(|error| Failure {
            exit: Exit::Usage,
            error: error.into(),
            hint: Some(
                "name a deploy.toml with --config, and one of its environments with --env"
                    .to_owned(),
            ),
        })?;
        let timeless = |key: &String| !DURATIONS.contains(&key.as_str());
        deploy.strategy = strategy
            .into_iter()
            .filter(|(key, _)| timeless(key))
            .collect();
        Ok(())
    }
}

fn strategy(path: &Path, name: &str) -> Result<toml::Table, ConfigurationError> {
    let text = std::fs::read_to_string(path).map_err(|source| ConfigurationError::File {
        path: path.to_owned(),
        source,
    })?;
    let document: toml::Table = text.parse().map_err(|source| ConfigurationError::Toml {
        path: path.to_owned(),
        source,
    })?;
    let environment = document
        .get("environments")
        .and_then(|environments| environments.get(name))
        .ok_or_else(|| ConfigurationError::NoEnvironment {
            path: path.to_owned(),
            name: name.to_owned(),
        })?;
    let strategy = environment.get("strategy").and_then(toml::Value::as_table);
    Ok(strategy.cloned().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use sandbox::profile::Profile;

    fn applied(document: &str, env: &str) -> Result<Deploy, Failure> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deploy.toml");
        std::fs::write(&path, document).unwrap();
        let args = ConfigurationArgs {
            config: Some(path),
            env: Some(env.to_owned()),
        };
        let mut deploy = Profile::fast().deploy;
        args.apply(&mut deploy).map(|()| deploy)
    }

    #[test]
    fn a_strategy_is_taken_over_but_for_its_durations() {
        let document = "[environments.prod.strategy]\nmin_healthy_percentage = 50\nfailure_budget = 2\npoll = \"10s\"\n";
        let strategy = applied(document, "prod").unwrap().strategy;
        let keys: Vec<&str> = strategy.keys().map(String::as_str).collect();
        assert_eq!(keys, ["failure_budget", "min_healthy_percentage"]);
    }

    #[test]
    fn an_environment_without_a_strategy_has_the_defaults() {
        let deploy = applied("[environments.prod]\ngroup = \"x\"\n", "prod").unwrap();
        assert!(deploy.strategy.is_empty());
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for (document, env, named) in [
            ("[environments.prod]\n", "dev", "no environment `dev`"),
            ("[environments", "prod", "is not TOML"),
        ] {
            let failure = applied(document, env).unwrap_err();
            assert_eq!(failure.exit, Exit::Usage);
            assert!(
                failure.error.to_string().contains(named),
                "{}",
                failure.error
            );
        }
    }
}
