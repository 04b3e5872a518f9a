//! The command line of the real binary: help, wrong usage, and a wrong `deploy.toml`.

mod common;

use common::{Bench, deploy, full, json_lines};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

#[test]
fn help_teaches_by_examples_and_lists_the_exit_codes() {
    let run = deploy().arg("--help").run();
    assert_eq!(run.code, 0);
    for part in [
        "deploy --version 1.4.2 --env prod",
        "deploy keygen",
        "Exit codes:",
        "130",
        "DEPLOY_CONFIG",
    ] {
        assert!(
            run.stdout.contains(part),
            "{part} is missing in\n{}",
            run.stdout
        );
    }
    assert!(
        !run.stdout.contains('\u{1b}'),
        "no colour where nobody sees it"
    );
}

#[test]
fn every_command_has_help_of_its_own() {
    for command in ["publish", "status", "history", "rollback", "keygen"] {
        let run = deploy().args([command, "--help"]).run();
        assert_eq!(run.code, 0, "{command}");
        assert!(
            run.stdout.contains(&format!("deploy {command}")),
            "{}",
            run.stdout
        );
    }
}

#[test]
fn capital_v_prints_the_version_of_the_tool() {
    let run = deploy().arg("-V").run();
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (0, concat!("deploy ", env!("CARGO_PKG_VERSION"), "\n"))
    );
}

#[test]
fn wrong_usage_ends_with_2_and_changes_nothing() {
    let wrong: [&[&str]; 9] = [
        &[],
        &["--version", "1.0.0"],
        &["--env", "prod"],
        &["--version", "one", "--env", "prod"],
        &["--version", "1.0.0", "--env", "Prod!"],
        &["explode"],
        &["publish", "--version", "1.0.0"],
        &["--dry-run", "status", "--env", "prod"],
        &["keygen", "--secret", "only-one"],
    ];
    let bench = Bench::new();
    for arguments in wrong {
        let run = bench.deploy().args(arguments).run();
        assert_eq!(run.code, 2, "{arguments:?}: {}", run.stderr);
        assert!(run.stdout.is_empty(), "{arguments:?}: stdout is for data");
        assert!(
            run.stderr.contains("Usage:") || run.stderr.contains("--help"),
            "{arguments:?}: {}",
            run.stderr
        );
    }
    assert!(bench.store_files().is_empty());
}

#[test]
fn a_value_that_is_none_is_told_in_a_sentence_with_its_right_form() {
    let bench = Bench::new();
    let long = format!("1.2.{}", "9".repeat(5000));
    let wrong: [(&[&str], &str, &str); 9] = [
        (&["--version", "1.2"], "`1.2` is not a version", "1.2.0"),
        (
            &["--version", "v1.2"],
            "`v1.2` is not a version",
            "leading `v`",
        ),
        (&["--version", ""], "`` is not a version", "1.2.0"),
        (&["--version", &long], "9…` is not a version", "1.2.0"),
        (
            &["--version", "1\u{1b}[2J"],
            "`1[2J` is not a version",
            "1.2.0",
        ),
        (
            &["publish", "--version", "1"],
            "`1` is not a version",
            "1.2.0",
        ),
        (
            &["status", "--env", "Prod!"],
            "`Prod!` is not the name",
            "lower-case",
        ),
        (
            &["history", "--env", "prod", "--limit", "0"],
            "`0` is not a number from 1",
            "1 or more",
        ),
        (
            &["history", "--env", "prod", "--limit", "-1"],
            "`-1` is not a number from 1",
            "1 or more",
        ),
    ];
    for (arguments, words, hint) in wrong {
        let run = bench.deploy().args(arguments).run();
        let mut lines = run.stderr.lines();
        let (first, second) = (lines.next().unwrap(), lines.next().unwrap());
        assert_eq!(run.code, 2, "{arguments:?}: {}", run.stderr);
        assert!(
            first.starts_with("error: ") && first.contains(words),
            "{}",
            run.stderr
        );
        assert!(
            second.starts_with("hint: ") && second.contains(hint),
            "{}",
            run.stderr
        );
        assert!(run.stderr.len() < 500, "{}", run.stderr);
        let json = bench
            .deploy()
            .args(arguments)
            .args(["--output", "json"])
            .run();
        let line = &json_lines(&json.stdout)[0];
        assert_eq!(
            format!("error: {}", line["message"].as_str().unwrap()),
            first
        );
        assert_eq!(format!("hint: {}", line["hint"].as_str().unwrap()), second);
    }
}

#[test]
fn of_what_cannot_be_understood_only_the_beginning_is_repeated() {
    let long = "x".repeat(5000);
    let flag = format!("--{long}");
    for arguments in [
        &[long.as_str()][..],
        &[&flag],
        &["status", "--output", &long],
    ] {
        let run = deploy().args(arguments).run();
        assert_eq!(run.code, 2);
        assert!(run.stderr.len() < 500, "{}", run.stderr);
    }
}

#[test]
fn arguments_that_are_no_text_are_wrong_usage_like_others() {
    let bytes = OsStr::from_bytes(b"\xff\xfe");
    for option in ["--version", "--env", "--output"] {
        let run = deploy().args(["--output=json", option]).arg(bytes).run();
        assert_eq!((run.code, run.stderr.as_str()), (2, ""), "{}", run.stdout);
        assert_eq!(json_lines(&run.stdout)[0]["code"], 2);
    }
}

#[test]
fn an_empty_variable_counts_as_none() {
    let bench = Bench::new();
    let empty = |arguments: &[&str]| {
        let deploy = bench.deploy().env("DEPLOY_CONFIG", "");
        deploy.env("DEPLOY_SIGNING_KEY", "").args(arguments).run()
    };
    let run = empty(&["status", "--env", "nope"]);
    assert!(
        run.stderr.contains("deploy.toml has no environment `nope`"),
        "{}",
        run.stderr
    );
    let run = empty(&["publish", "--version", "1.0.0", "--file", "deploy.toml"]);
    assert!(
        run.stderr.contains("no signing key is named"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_configuration_in_another_encoding_is_told_so() {
    let bench = Bench::new();
    bench.write("deploy.toml", b"service = \"caf\xe9\"\n");
    let run = bench.deploy().args(["status", "--env", "prod"]).run();
    assert_eq!(run.code, 10);
    assert!(
        run.stderr
            .contains("hint: save the file in the encoding UTF-8"),
        "{}",
        run.stderr
    );
}

#[test]
fn wrong_usage_is_json_where_json_is_asked_for() {
    let run = deploy()
        .args(["--output", "json", "--version", "x", "--env", "prod"])
        .run();
    let lines = json_lines(&run.stdout);
    assert_eq!(run.code, 2);
    assert_eq!(
        (lines.len(), &lines[0]["event"], &lines[0]["code"]),
        (1, &"error".into(), &2.into())
    );
    assert!(lines[0]["message"].as_str().unwrap().contains("--version"));
}

#[test]
fn a_failure_that_stdout_does_not_take_is_told_on_stderr() {
    let arguments = ["history", "--env", "prod", "--config", "nowhere"];
    let run = deploy()
        .args(arguments)
        .arg("--output=json")
        .run_into(full());
    assert_eq!(run.code, 10, "{run:?}");
    let said = "error: cannot read the configuration nowhere";
    assert!(run.stderr.starts_with(said), "{run:?}");
}

#[test]
fn a_missing_configuration_is_named() {
    let run = deploy()
        .args([
            "status",
            "--env",
            "prod",
            "--config",
            "/nowhere/deploy.toml",
        ])
        .run();
    assert_eq!(run.code, 10);
    assert!(
        run.stderr
            .starts_with("error: cannot read the configuration /nowhere/deploy.toml: "),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("\nhint: "), "{}", run.stderr);
}

const WRONG: &str = r#"service = "Example"
stor = "s3://releases"
public_key = "RWxx"
[environments.prod]
region = us-east-1
account = 123456789012
group = "g"
[environments.prod.strategy]
min_healthy_percentage = 20
max_healthy_percentage = 130
deadline = "5 parsecs"
[environments.Bad]
region = "eu-west-1"
account = "123456789012"
group = "h"
"#;

#[test]
fn everything_wrong_with_a_configuration_is_told_at_once_and_by_position() {
    let bench = Bench::new();
    bench.write("deploy.toml", WRONG);
    let run = bench.deploy().args(["status", "--env", "prod"]).run();
    assert_eq!(run.code, 10);
    let expected = [
        "deploy.toml has 9 problems",
        "deploy.toml:1:1: `store` is missing",
        "deploy.toml:1:11: `service` `Example` is not a name",
        "deploy.toml:2:1: unknown key `stor`",
        "did you mean `store`?",
        "deploy.toml:3:14: `public_key` is not a minisign public key",
        "deploy.toml:5:10: string values must be quoted",
        "deploy.toml:6:11: `account` must be a text, not a number",
        " 6 | account = 123456789012",
        "   |           ^^^^^^^^^^^^ write the 12 digits",
        "deploy.toml:10:26: `max_healthy_percentage` 130 is more than 100 above",
        "deploy.toml:11:12: `deadline` is not a duration",
        "deploy.toml:12:15: `Bad` is not a name",
    ];
    for part in expected {
        assert!(
            run.stderr.contains(part),
            "`{part}` is missing in\n{}",
            run.stderr
        );
    }
}

#[test]
fn json_lists_the_problems_of_a_configuration() {
    let bench = Bench::new();
    bench.write("deploy.toml", WRONG);
    let run = bench
        .deploy()
        .args(["status", "--env", "prod", "--output", "json"])
        .run();
    let lines = json_lines(&run.stdout);
    assert_eq!((run.code, lines.len()), (10, 1));
    let problems = lines[0]["problems"].as_array().unwrap();
    assert_eq!(problems.len(), 9);
    assert_eq!(
        (&problems[3]["line"], &problems[3]["column"]),
        (&3.into(), &14.into())
    );
    assert!(!lines[0]["message"].as_str().unwrap().contains('\n'));
    assert!(run.stderr.is_empty(), "{}", run.stderr);
}

#[test]
fn each_rule_of_a_configuration_is_kept() {
    let broken = [
        ("group = \"g\"", "group = \"\"", "`group` is empty"),
        (
            "group = \"g\"",
            "group = \"arn:aws:autoscaling:g\"",
            "not its ARN",
        ),
        (
            "region = \"us-east-1\"",
            "region = \"Virginia\"",
            "is not an AWS region",
        ),
        (
            "account = \"123456789012\"",
            "account = \"12345678901\"",
            "is not an AWS account",
        ),
        (
            "[environments.prod]",
            "[environments.prod]\nsandbox = \"yes\"",
            "must be true or false, not a text",
        ),
        (
            "[environments.prod]",
            "[environments]\nprod = 1\n[x]",
            "must be a section, not a number",
        ),
        (
            "[environments.prod]",
            "[environment.prod]",
            "did you mean `environments`?",
        ),
        (
            "",
            "[environments.prod.strategy]\nfailure_budget = 0\n",
            "`failure_budget` is 0, which is out of range",
        ),
        (
            "",
            "[environments.prod.strategy]\nmin_healthy_percentage = 101\n",
            "from 0 to 100",
        ),
        (
            "",
            "[environments.prod.strategy]\nmax_healthy_percentage = 99.5\n",
            "must be a whole number, not a fraction",
        ),
        (
            "",
            "[environments.prod.strategy]\ninstance_warmup = \"1500ms\"\n",
            "AWS takes whole seconds",
        ),
        (
            "",
            "[environments.prod.strategy]\npoll = \"30s\"\nlease = \"1m\"\n",
            "shorter than three times `poll`",
        ),
        (
            "",
            "[environments.prod.strategy]\ndeadline = 60\n",
            "must be a duration in quotes, not a number",
        ),
        (
            "",
            "[environments.twin]\nregion = \"us-east-1\"\naccount = \"123456789012\"\ngroup = \"g\"\n",
            "are the same group",
        ),
        (
            "[environments.prod]",
            "[environments.prod",
            "deploy.toml:4:",
        ),
    ];
    for (from, to, complaint) in broken {
        let bench = Bench::new();
        let whole = bench.read("deploy.toml");
        let wrong = if from.is_empty() {
            format!("{whole}{to}")
        } else {
            whole.replace(from, to)
        };
        assert_ne!(whole, wrong, "{to}");
        bench.write("deploy.toml", &wrong);
        let run = bench.deploy().args(["status", "--env", "prod"]).run();
        assert_eq!(run.code, 10, "{to}: {}", run.stderr);
        assert!(run.stderr.contains(complaint), "{to}: {}", run.stderr);
    }
}

#[test]
fn an_unknown_environment_ends_with_the_known_ones() {
    let bench = Bench::new();
    for arguments in [
        &["--version", "1.0.0", "--env", "prd"][..],
        &["status", "--env", "prd"],
        &["rollback", "--env", "prd"],
    ] {
        let run = bench.deploy().args(arguments).run();
        assert_eq!(run.code, 10, "{arguments:?}: {}", run.stderr);
        assert!(
            run.stderr.contains("has no environment `prd`"),
            "{}",
            run.stderr
        );
        assert!(
            run.stderr.contains("did you mean `prod`?"),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn words_need_no_colour() {
    let bench = Bench::new();
    for no_color in ["", "1"] {
        let run = bench
            .deploy()
            .env("NO_COLOR", no_color)
            .args(["status", "--env", "nope"])
            .run();
        assert!(!run.stderr.contains('\u{1b}'), "{}", run.stderr);
    }
}
