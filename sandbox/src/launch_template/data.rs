//! What the placeholders of `launch-templates/` are filled with.

use super::TemplateError;
use super::placeholder::{fill, fill_json, values};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;

const DATA: &str = include_str!("../../../launch-templates/launch-template-data.json");
const USER_DATA: &str = include_str!("../../../launch-templates/user-data.yaml");
const AGENT_UNIT: &str = include_str!("../../../launch-templates/systemd/baton-agent.service");

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

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    fn settings() -> AgentSettings {
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
