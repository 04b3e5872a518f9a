//! Clients that nobody here wrote: the unmodified AWS CLI and boto3 read the sandbox.
//!
//! They come from `PyPI` into a virtual environment that is kept in the target folder. Without Python or `PyPI` the test says
//! loudly that it was skipped.

use crate::support::{Run, Sandbox, programs};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The versions that this test was written against; any later ones must do as well.
const PACKAGES: [&str; 2] = ["boto3>=1.43", "awscli>=1.45"];

/// The folder with `python` and `aws`, or `None` when they cannot be had here.
fn clients() -> Option<PathBuf> {
    let folder = programs().parent().unwrap().join("aws-clients");
    let bin = folder.join("bin");
    if bin.join("aws").exists() && bin.join("python").exists() {
        return Some(bin);
    }
    let made = succeeds(Command::new("python3").args(["-m", "venv"]).arg(&folder))
        && succeeds(
            Command::new(bin.join("pip"))
                .args(["install", "--quiet"])
                .args(PACKAGES),
        );
    made.then_some(bin)
}

fn succeeds(command: &mut Command) -> bool {
    command.status().is_ok_and(|status| status.success())
}

fn aws(sandbox: &Sandbox, bin: &Path, args: &[&str]) -> Value {
    let output = Command::new(bin.join("aws"))
        .args(args)
        .args(["--output", "json"])
        .envs(sandbox.env())
        .output();
    let run = Run::of(output.unwrap());
    assert_eq!(run.code, 0, "aws {args:?}: {}", run.all());
    serde_json::from_str(&run.out).unwrap()
}

#[test]
fn the_aws_cli_and_boto3_read_group_templates_refresh_and_target_health() {
    let Some(bin) = clients() else {
        eprintln!("SKIPPED: no AWS CLI and boto3 from PyPI on this machine");
        return;
    };
    let sandbox = Sandbox::up(&["--instances", "2"]);
    assert_eq!(sandbox.publish_example("1.1.0").code, 0);
    let run = sandbox.deploy(&["--version", "1.1.0", "--env", "sandbox"]);
    assert_eq!(run.code, 0, "{}", run.all());
    the_cli_reads(&sandbox, &bin);
    boto3_reads_the_same(&sandbox, &bin);
}

fn the_cli_reads(sandbox: &Sandbox, bin: &Path) {
    let group = sandbox.said("group");
    let template = sandbox.said("launch_template");

    let groups = aws(
        sandbox,
        bin,
        &[
            "autoscaling",
            "describe-auto-scaling-groups",
            "--auto-scaling-group-names",
            group,
        ],
    );
    let found = &groups["AutoScalingGroups"][0];
    assert_eq!(found["DesiredCapacity"], 2);
    assert_eq!(found["LaunchTemplate"]["Version"], "2");
    let members = found["Instances"].as_array().unwrap();
    assert_eq!(members.len(), 2);
    for member in members {
        assert_eq!(member["LifecycleState"], "InService");
        assert_eq!(member["HealthStatus"], "Healthy");
        assert_eq!(member["LaunchTemplate"]["Version"], "2");
    }

    let versions = aws(
        sandbox,
        bin,
        &[
            "ec2",
            "describe-launch-template-versions",
            "--launch-template-name",
            template,
        ],
    );
    let versions = versions["LaunchTemplateVersions"].as_array().unwrap();
    let numbers: Vec<_> = versions
        .iter()
        .map(|version| version["VersionNumber"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, [2, 1], "newest first");
    assert_eq!(
        versions[0]["DefaultVersion"], true,
        "the default follows a finished deployment"
    );
    let tags = versions[0]["LaunchTemplateData"]["TagSpecifications"].to_string();
    assert!(
        tags.contains("baton:version") && tags.contains("1.1.0"),
        "{tags}"
    );

    let refreshes = aws(
        sandbox,
        bin,
        &[
            "autoscaling",
            "describe-instance-refreshes",
            "--auto-scaling-group-name",
            group,
        ],
    );
    let refresh = &refreshes["InstanceRefreshes"][0];
    assert_eq!(refresh["Status"], "Successful");
    assert_eq!(refresh["PercentageComplete"], 100);
    assert_eq!(
        refresh["DesiredConfiguration"]["LaunchTemplate"]["Version"],
        "2"
    );

    let arn = sandbox.said("target_group_arn");
    let health = aws(
        sandbox,
        bin,
        &["elbv2", "describe-target-health", "--target-group-arn", arn],
    );
    let targets = health["TargetHealthDescriptions"].as_array().unwrap();
    let healthy = |target: &&Value| target["TargetHealth"]["State"] == "healthy";
    assert_eq!(targets.iter().filter(healthy).count(), 2, "{health}");

    let identity = aws(sandbox, bin, &["sts", "get-caller-identity"]);
    assert_eq!(identity["Account"], "000000000000");
    let parameter = aws(
        sandbox,
        bin,
        &[
            "ssm",
            "get-parameter",
            "--name",
            "/baton/example/sandbox/version",
        ],
    );
    assert_eq!(parameter["Parameter"]["Value"], "1.1.0");
    let objects = aws(
        sandbox,
        bin,
        &[
            "s3api",
            "list-objects-v2",
            "--bucket",
            "baton-releases",
            "--prefix",
            "releases/example/",
        ],
    );
    let keys = objects["Contents"].as_array().unwrap();
    assert_eq!(keys.len(), 4, "two manifests, two signatures: {objects}");
}

const SCRIPT: &str = r#"
import sys, boto3
group, template, arn = sys.argv[1:]
autoscaling, ec2, elb = (boto3.client(name) for name in ("autoscaling", "ec2", "elbv2"))
[found] = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group])["AutoScalingGroups"]
print("group", found["AutoScalingGroupName"], found["LaunchTemplate"]["Version"], found["CreatedTime"].year > 2000)
for member in found["Instances"]:
    print("member", member["LifecycleState"], member["LaunchTemplate"]["Version"])
for version in ec2.describe_launch_template_versions(LaunchTemplateName=template)["LaunchTemplateVersions"]:
    print("template", version["VersionNumber"], version["DefaultVersion"])
[refresh] = autoscaling.describe_instance_refreshes(AutoScalingGroupName=group)["InstanceRefreshes"]
print("refresh", refresh["Status"], refresh["EndTime"] >= refresh["StartTime"])
for target in elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]:
    if target["TargetHealth"]["State"] != "draining":
        print("target", target["TargetHealth"]["State"])
try:
    autoscaling.describe_scheduled_actions(AutoScalingGroupName=group)
except autoscaling.exceptions.ClientError as error:
    print("unsupported", error.response["Error"]["Code"])
"#;

const TRANSCRIPT: &str = "group example-sandbox 2 True
member InService 2
member InService 2
template 2 True
template 1 False
refresh Successful True
target healthy
target healthy
unsupported InvalidAction
";

fn boto3_reads_the_same(sandbox: &Sandbox, bin: &Path) {
    let (group, template) = (sandbox.said("group"), sandbox.said("launch_template"));
    let output = Command::new(bin.join("python"))
        .args([
            "-c",
            SCRIPT,
            group,
            template,
            sandbox.said("target_group_arn"),
        ])
        .envs(sandbox.env())
        .output();
    let run = Run::of(output.unwrap());
    assert_eq!(run.code, 0, "{}", run.all());
    assert_eq!(run.out, TRANSCRIPT);
}
