//! The sandbox's own launch template, made from the files of the folder `launch-templates/` that an account would use.
//!
//! Here live the filling of `${name}` placeholders and the list of what they are filled with. What a template *means*
//! (tags, user data, defaults) is the world's business; what an instance does with its user data is [`crate::instance`]'s.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const DATA: &str = include_str!("../../launch-templates/launch-template-data.json");
const USER_DATA: &str = include_str!("../../launch-templates/user-data.yaml");
const AGENT_UNIT: &str = include_str!("../../launch-templates/systemd/baton-agent.service");

/// Why the launch template could not be made.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// A placeholder that nothing fills.
    #[error("placeholder ${{{name}}} of {file} has no value")]
    Unfilled {
        /// The template file.
        file: &'static str,
        /// The placeholder's name.
        name: String,
    },
    /// A value that no placeholder asks for: a misspelt name on either side.
    #[error("{file} has no placeholder ${{{name}}} for the value given")]
    Unknown {
        /// The template file.
        file: &'static str,
        /// The value's name.
        name: String,
    },
    /// `${` without `}`, or a name with other characters than `a-z`, `0-9` and `_`.
    #[error("{file} has a malformed placeholder at {near:?}")]
    Malformed {
        /// The template file.
        file: &'static str,
        /// The first characters of it.
        near: String,
    },
    /// A value with a line break or another control character: it would change the structure of the file.
    #[error("the value for ${{{name}}} of {file} must be one line of text")]
    NotOneLine {
        /// The template file.
        file: &'static str,
        /// The value's name.
        name: String,
    },
    /// The data file is not JSON.
    #[error("launch-template-data.json is not JSON")]
    Json(#[source] serde_json::Error),
}

/// What an instance's agent is told, in the words of `agent.toml`. Durations are as the agent reads them (`"30s"`).
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "each field is the member of the same name of agent.toml"
)]
pub struct AgentSettings {
    pub service: String,
    pub environment: String,
    pub group: String,
    pub store: String,
    pub public_key: String,
    pub launch_hook: String,
    pub terminate_hook: String,
    pub poll: String,
    pub heartbeat: String,
    pub install_timeout: String,
    pub app_port: u16,
    pub health_path: String,
    pub app_args: Vec<String>,
    pub start_timeout: String,
    pub stop_timeout: String,
}

/// The release that a launch template version names in its instance tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// `baton:version`, e.g. `1.0.0`.
    pub version: String,
    /// `baton:manifest`, `sha256:<64 hex>`.
    pub manifest: String,
}

/// The `LaunchTemplateData` of version 1, in the JSON of the AWS CLI: instances of the sandbox are told `settings` and
/// start `release`.
pub fn launch_template_data(
    settings: &AgentSettings,
    release: &Release,
) -> Result<Value, TemplateError> {
    let values = values([
        ("image_id", "ami-0123456789abcdef0".to_owned()),
        ("instance_type", "t3.small".to_owned()),
        ("instance_profile", crate::names::INSTANCE_ROLE.to_owned()),
        ("security_group_id", "sg-0123456789abcdef0".to_owned()),
        ("user_data_base64", BASE64.encode(user_data(settings)?)),
        ("version", release.version.clone()),
        ("manifest", release.manifest.clone()),
    ]);
    fill_json("launch-template-data.json", DATA, &values)
}

/// The `#cloud-config` that every instance of the sandbox boots with.
pub fn user_data(settings: &AgentSettings) -> Result<String, TemplateError> {
    let values = values([
        ("service", settings.service.clone()),
        ("environment", settings.environment.clone()),
        ("group", settings.group.clone()),
        ("store", settings.store.clone()),
        ("public_key", settings.public_key.clone()),
        ("launch_hook", settings.launch_hook.clone()),
        ("terminate_hook", settings.terminate_hook.clone()),
        ("poll", settings.poll.clone()),
        ("heartbeat", settings.heartbeat.clone()),
        ("install_timeout", settings.install_timeout.clone()),
        ("app_port", settings.app_port.to_string()),
        ("health_path", settings.health_path.clone()),
        (
            "app_args",
            Value::from(settings.app_args.clone()).to_string(),
        ),
        ("start_timeout", settings.start_timeout.clone()),
        ("stop_timeout", settings.stop_timeout.clone()),
        ("agent_unit_base64", BASE64.encode(AGENT_UNIT)),
    ]);
    fill("user-data.yaml", USER_DATA, &values)
}

type Values = BTreeMap<&'static str, String>;

fn values<const N: usize>(values: [(&'static str, String); N]) -> Values {
    values.into_iter().collect()
}

/// Fills the string leaves of a JSON template, so that no value can break out of its quotes.
fn fill_json(file: &'static str, template: &str, values: &Values) -> Result<Value, TemplateError> {
    let mut data: Value = serde_json::from_str(template).map_err(TemplateError::Json)?;
    let mut filler = Filler::new(file, values);
    filler.fill_leaves(&mut data)?;
    filler.finish()?;
    Ok(data)
}

fn fill(file: &'static str, template: &str, values: &Values) -> Result<String, TemplateError> {
    let mut filler = Filler::new(file, values);
    let text = filler.fill(template)?;
    filler.finish()?;
    Ok(text)
}

/// Replaces placeholders and remembers which values were asked for.
struct Filler<'a> {
    file: &'static str,
    values: &'a Values,
    used: BTreeSet<&'a str>,
}

impl<'a> Filler<'a> {
    fn new(file: &'static str, values: &'a Values) -> Self {
        Filler {
            file,
            values,
            used: BTreeSet::new(),
        }
    }

    fn fill_leaves(&mut self, value: &mut Value) -> Result<(), TemplateError> {
        match value {
            Value::String(text) => *text = self.fill(text)?,
            Value::Array(items) => items
                .iter_mut()
                .try_for_each(|item| self.fill_leaves(item))?,
            Value::Object(members) => {
                members
                    .values_mut()
                    .try_for_each(|member| self.fill_leaves(member))?;
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
        Ok(())
    }

    fn fill(&mut self, template: &str) -> Result<String, TemplateError> {
        let mut filled = String::with_capacity(template.len());
        let mut rest = template;
        while let Some((before, placeholder)) = rest.split_once("${") {
            let (name, after) = self.name(placeholder)?;
            filled.push_str(before);
            filled.push_str(self.value(name)?);
            rest = after;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    /// Splits what follows `${` into the name and what follows `}`.
    fn name<'t>(&self, placeholder: &'t str) -> Result<(&'t str, &'t str), TemplateError> {
        let is_name = |name: &str| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        placeholder
            .split_once('}')
            .filter(|(name, _)| is_name(name))
            .ok_or_else(|| {
                let near = placeholder.chars().take(20).collect();
                TemplateError::Malformed {
                    file: self.file,
                    near,
                }
            })
    }

    fn value(&mut self, name: &str) -> Result<&'a str, TemplateError> {
        let file = self.file;
        let (key, value) =
            self.values
                .get_key_value(name)
                .ok_or_else(|| TemplateError::Unfilled {
                    file,
                    name: name.to_owned(),
                })?;
        if value.chars().any(char::is_control) {
            return Err(TemplateError::NotOneLine {
                file,
                name: name.to_owned(),
            });
        }
        self.used.insert(key);
        Ok(value)
    }

    fn finish(self) -> Result<(), TemplateError> {
        match self.values.keys().find(|name| !self.used.contains(*name)) {
            None => Ok(()),
            Some(name) => Err(TemplateError::Unknown {
                file: self.file,
                name: (*name).to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    pub(super) fn settings() -> AgentSettings {
        AgentSettings {
            service: "example".to_owned(),
            environment: "sandbox".to_owned(),
            group: "example-sandbox".to_owned(),
            store: "s3://baton-releases".to_owned(),
            public_key: "RWQexample".to_owned(),
            launch_hook: "baton-launch".to_owned(),
            terminate_hook: "baton-terminate".to_owned(),
            poll: "1s".to_owned(),
            heartbeat: "1m".to_owned(),
            install_timeout: "10m".to_owned(),
            app_port: 8080,
            health_path: "/healthz".to_owned(),
            app_args: vec!["--unready".to_owned(), "a \"quoted\" word".to_owned()],
            start_timeout: "30s".to_owned(),
            stop_timeout: "90s".to_owned(),
        }
    }

    fn release() -> Release {
        Release {
            version: "1.0.0".to_owned(),
            manifest: format!("sha256:{}", "ab".repeat(32)),
        }
    }

    #[test]
    fn the_data_is_filled_to_the_last_placeholder() {
        let data = launch_template_data(&settings(), &release()).unwrap();
        assert!(!data.to_string().contains("${"));
        assert_eq!(data["MetadataOptions"]["HttpTokens"], "required");
        assert_eq!(data["MetadataOptions"]["HttpPutResponseHopLimit"], 1);
        assert_eq!(data["MetadataOptions"]["InstanceMetadataTags"], "enabled");
        let tags = &data["TagSpecifications"][0]["Tags"];
        assert_eq!(
            tags[0],
            serde_json::json!({ "Key": "baton:version", "Value": "1.0.0" })
        );
        assert_eq!(tags[1]["Value"], release().manifest);
    }

    #[test]
    fn the_agent_reads_what_it_was_told() {
        let yaml = user_data(&settings()).unwrap();
        assert!(yaml.starts_with("#cloud-config\n"));
        let (_, toml) = yaml.split_once("content: |\n").unwrap();
        let indented = |line: &&str| line.is_empty() || line.starts_with("      ");
        let toml: Vec<&str> = toml
            .lines()
            .take_while(indented)
            .map(str::trim_start)
            .collect();
        let config: toml::Table = toml.join("\n").parse().unwrap();
        assert_eq!(config["service"].as_str(), Some("example"));
        assert_eq!(config["app"]["listen"].as_str(), Some("0.0.0.0:8080"));
        assert_eq!(config["app"]["args"][1].as_str(), Some("a \"quoted\" word"));
    }

    #[test]
    fn user_data_fits_into_what_ec2_accepts() {
        // 16 KiB before base64, https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html
        assert!(user_data(&settings()).unwrap().len() < 16 * 1024);
    }

    #[test]
    fn a_placeholder_without_a_value_is_an_error() {
        let error = fill(
            "f",
            "a: ${known}\nb: ${absent}",
            &values([("known", "1".into())]),
        );
        let error = error.unwrap_err().to_string();
        assert_eq!(error, "placeholder ${absent} of f has no value");
    }

    #[test]
    fn a_value_without_a_placeholder_is_an_error() {
        let error = fill("f", "a", &values([("stray", "1".into())])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "f has no placeholder ${stray} for the value given"
        );
    }

    #[test]
    fn a_malformed_placeholder_is_an_error() {
        for template in ["${open", "${}", "${two words}", "${indent(6, x)}"] {
            let error = fill("f", template, &Values::new()).unwrap_err();
            assert!(
                matches!(error, TemplateError::Malformed { .. }),
                "{template}: {error}"
            );
        }
    }

    #[test]
    fn a_value_cannot_bring_lines_of_its_own() {
        let values = values([("a", "x\nruncmd: [evil]".into())]);
        assert!(matches!(
            fill("f", "${a}", &values),
            Err(TemplateError::NotOneLine { .. })
        ));
    }

    #[test]
    fn a_value_cannot_leave_its_json_string() {
        let values = values([("a", "x\", \"y\": \"z".into())]);
        let filled = fill_json("f", r#"{"k": "${a}"}"#, &values).unwrap();
        assert_eq!(filled["k"], "x\", \"y\": \"z");
    }

    #[test]
    fn systemd_accepts_the_unit() {
        let folder = tempfile::tempdir().unwrap();
        let unit = folder.path().join("baton-agent.service");
        // `verify` wants the program to exist.
        std::fs::write(
            &unit,
            AGENT_UNIT.replace("/usr/local/bin/baton-agent", "/bin/true"),
        )
        .unwrap();
        let verify = Command::new("systemd-analyze")
            .args(["verify", "--man=no", "--recursive-errors=yes"])
            .arg(&unit)
            .output();
        let output = match verify {
            Ok(output) => output,
            Err(error) => {
                eprintln!("SKIPPED: no systemd-analyze on this machine ({error})");
                return;
            }
        };
        let talk = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && talk.trim().is_empty(), "{talk}");
    }
}
