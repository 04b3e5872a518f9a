//! The options that bring along how somebody deploys: the strategy of an environment of their own `deploy.toml`.

use super::failure::{Exit, Failure};
use sandbox::binaries::Binaries;
use sandbox::profile::Deploy;
use sandbox::start::strategy::{self, StrategyProblem};
use std::path::{Path, PathBuf};
use toml::de::DeTable;

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
    #[error("{}: {}", .path.display(), listed(.problems))]
    Strategy {
        path: PathBuf,
        problems: Vec<Misplaced>,
    },
}

/// What `deploy` refuses, and where it stands in the user's own file.
#[derive(Debug)]
struct Misplaced {
    /// From 1; none for what the file does not say.
    line: Option<usize>,
    /// The setting as a path of keys.
    key: String,
    problem: StrategyProblem,
}

fn listed(problems: &[Misplaced]) -> String {
    let one = |it: &Misplaced| {
        let Misplaced { line, key, problem } = it;
        let place = line.map_or_else(String::new, |line| format!("line {line}: "));
        let StrategyProblem { message, hint, .. } = problem;
        format!("{place}{key}: {message} ({hint})")
    };
    problems.iter().map(one).collect::<Vec<_>>().join("; ")
}

impl ConfigurationArgs {
    /// Puts the strategy's settings before the sandbox's own. What is wrong with them, [`check`](Self::check) says.
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

impl ConfigurationArgs {
    /// Lets `deploy` itself say what is wrong with the strategy, before anything is started for it.
    pub(crate) fn check(&self, binaries: &Binaries, deploy: &Deploy) -> Result<(), Failure> {
        let (Some(path), Some(name)) = (&self.config, &self.env) else {
            return Ok(());
        };
        let problems = strategy::problems(binaries, deploy)
            .map_err(|error| Failure::plain(Exit::NotStarted, error))?;
        if problems.is_empty() {
            return Ok(());
        }
        let document = std::fs::read_to_string(path).unwrap_or_default();
        let section = format!("environments.{name}.strategy");
        // `deploy` has read the strategy as that of the sandbox's own environment.
        let read_as = format!("environments.{}.strategy", sandbox::names::ENVIRONMENT);
        let renamed = |mut problem: StrategyProblem| {
            problem.message = problem.message.replace(&read_as, &section);
            problem
        };
        let misplaced = |problem: StrategyProblem| Misplaced {
            line: problem
                .key
                .as_deref()
                .and_then(|key| line_of(&document, name, key)),
            key: match &problem.key {
                Some(key) => format!("{section}.{key}"),
                None => section.clone(),
            },
            problem,
        };
        let error = ConfigurationError::Strategy {
            path: path.clone(),
            problems: problems.into_iter().map(renamed).map(misplaced).collect(),
        };
        Err(Failure {
            exit: Exit::Usage,
            error: error.into(),
            hint: Some(format!("correct {}, nothing was started", path.display())),
        })
    }
}

/// The line, from 1, of a setting of an environment's strategy.
fn line_of(document: &str, environment: &str, key: &str) -> Option<usize> {
    let root = DeTable::parse(document).ok()?;
    let mut table = root.get_ref();
    for name in ["environments", environment, "strategy"] {
        table = table.get(name)?.get_ref().as_table()?;
    }
    let (key, _) = table.get_key_value(key)?;
    let before = document.get(..key.span().start)?;
    Some(before.matches('\n').count() + 1)
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
    fn a_setting_is_found_where_the_user_wrote_it() {
        let document = "[environments.dev.strategy]\npoll = \"1s\"\n\n[environments.prod]\nstrategy.poll = 1\n";
        assert_eq!(line_of(document, "dev", "poll"), Some(2));
        assert_eq!(line_of(document, "prod", "poll"), Some(5));
        assert_eq!(line_of(document, "prod", "lease"), None);
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
