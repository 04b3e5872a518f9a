//! Bad input: each case ends before anything is changed, with one clear sentence, a hint and its own exit code.

use crate::support::{Run, Sandbox};
use std::path::Path;

/// One refusal: the command, what it must say, and the documented exit code.
fn refused(sandbox: &Sandbox, run: &Run, code: i32, sentence: &str) {
    assert_eq!(run.code, code, "{sentence}: {}", run.all());
    let lines: Vec<&str> = run.err.lines().collect();
    let errors: Vec<_> = lines
        .iter()
        .filter(|line| line.starts_with("error: "))
        .collect();
    assert_eq!(errors.len(), 1, "one clear sentence: {}", run.all());
    assert!(
        errors[0].contains(sentence),
        "`{sentence}` in: {}",
        run.all()
    );
    assert!(
        lines.iter().any(|line| line.starts_with("hint: ")),
        "a hint: {}",
        run.all()
    );
    assert_eq!(
        sandbox.deployments(),
        Vec::<String>::new(),
        "no deployment was begun"
    );
}

fn with_config(sandbox: &Sandbox, change: impl FnOnce(String) -> String) -> Run {
    let env = sandbox.env();
    let config = std::fs::read_to_string(&env["DEPLOY_CONFIG"]).unwrap();
    let other = sandbox.state.path().join("other.toml");
    std::fs::write(&other, change(config)).unwrap();
    sandbox.deploy(&[
        "--config",
        other.to_str().unwrap(),
        "--version",
        "1.1.0",
        "--env",
        "sandbox",
    ])
}

fn meddle(path: &Path, change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> Vec<u8> {
    let before = std::fs::read(path).unwrap();
    std::fs::write(path, change(before.clone())).unwrap();
    before
}

#[test]
fn each_bad_input_is_refused_before_anything_is_changed() {
    let sandbox = Sandbox::up(&["--instances", "2"]);
    assert_eq!(sandbox.publish_example("1.1.0").code, 0);
    let before = sandbox.snapshot();
    let deploy = |version: &str| sandbox.deploy(&["--version", version, "--env", "sandbox"]);

    refused(&sandbox, &deploy("9.9.9"), 12, "9.9.9");
    let store_gone = |config: String| config.replace("s3://baton-releases", "s3://no-such-bucket");
    refused(
        &sandbox,
        &with_config(&sandbox, store_gone),
        11,
        "no-such-bucket",
    );
    let account = |config: String| config.replace("000000000000", "111111111111");
    refused(
        &sandbox,
        &with_config(&sandbox, account),
        16,
        "111111111111",
    );
    let group = |config: String| config.replace("\"example-sandbox\"", "\"nobody\"");
    refused(&sandbox, &with_config(&sandbox, group), 18, "nobody");
    let real = |config: String| config.replace("sandbox = true", "sandbox = false");
    refused(&sandbox, &with_config(&sandbox, real), 17, "is not AWS");
    let no_such_env = sandbox.deploy(&["--version", "1.1.0", "--env", "prod"]);
    refused(&sandbox, &no_such_env, 10, "prod");

    let release = sandbox.store().join("releases/example/1.1.0");
    let manifest = release.join("manifest.json");
    let signature = release.join("manifest.json.minisig");
    let kept = meddle(&manifest, |bytes| [bytes, b" ".to_vec()].concat());
    refused(&sandbox, &deploy("1.1.0"), 14, "1.1.0");
    std::fs::write(&manifest, kept).unwrap();

    let kept = std::fs::read(&signature).unwrap();
    std::fs::remove_file(&signature).unwrap();
    refused(&sandbox, &deploy("1.1.0"), 13, "not signed");
    std::fs::write(&signature, kept).unwrap();

    // Both versions hold the same bytes, hence share one blob.
    let blobs = std::fs::read_dir(sandbox.store().join("blobs/sha256")).unwrap();
    let blob = blobs.map(|entry| entry.unwrap().path()).next().unwrap();
    let kept = meddle(&blob, |mut bytes| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        bytes
    });
    refused(&sandbox, &deploy("1.1.0"), 15, "not what the manifest says");
    std::fs::remove_file(&blob).unwrap();
    refused(&sandbox, &deploy("1.1.0"), 15, "no blob");
    std::fs::write(&blob, kept).unwrap();

    assert_eq!(sandbox.snapshot(), before, "nothing was changed");
    group_pinned_to_latest(&sandbox);
    the_way_is_free_again(&sandbox);
}

fn repin(sandbox: &Sandbox, version: &str) {
    let (group, template) = (sandbox.said("group"), sandbox.said("launch_template"));
    sandbox.aws(
        "autoscaling",
        &format!(
            "Version=2011-01-01&Action=UpdateAutoScalingGroup&AutoScalingGroupName={group}\
             &LaunchTemplate.LaunchTemplateName={template}&LaunchTemplate.Version={version}"
        ),
    );
}

fn group_pinned_to_latest(sandbox: &Sandbox) {
    for alias in ["$Latest", "$Default"] {
        repin(sandbox, &alias.replace('$', "%24"));
        let before = sandbox.snapshot();
        let run = sandbox.deploy(&["--version", "1.1.0", "--env", "sandbox"]);
        refused(sandbox, &run, 19, alias);
        assert_eq!(sandbox.snapshot(), before, "nothing was changed");
    }
    repin(sandbox, "1");
}

/// The refusals above were about the input: once it is right, the same command goes through.
fn the_way_is_free_again(sandbox: &Sandbox) {
    let run = sandbox.deploy(&["--version", "1.1.0", "--env", "sandbox"]);
    assert_eq!(run.code, 0, "{}", run.all());
    assert_eq!(sandbox.versions(), ["1.1.0", "1.1.0"]);
}

#[test]
fn a_malformed_deploy_toml_is_reported_whole_with_line_and_column() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("deploy.toml");
    std::fs::write(
        &config,
        "service = \"Example\"\nstore = \"ftp://x\"\npublic_key = \"RW\"\n\n\
         [environments.prod]\nregion = \"us-east-1\"\nacount = \"12\"\ngroup = \"g\"\n",
    )
    .unwrap();
    let output = std::process::Command::new(crate::support::programs().join("deploy"))
        .args([
            "--config",
            config.to_str().unwrap(),
            "--version",
            "1.0.0",
            "--env",
            "prod",
        ])
        .output();
    let run = Run::of(output.unwrap());
    assert_eq!(run.code, 10, "{}", run.all());
    for place in ["1:", "2:", "3:", "7:"] {
        assert!(run.err.contains(place), "line {place} in: {}", run.all());
    }
    assert!(run.err.contains("account"), "did you mean: {}", run.all());
}
