//! The key facts in each form.

use sandbox::report::{DeployFacts, Facts, FaultFacts, Report};
use serde_json::Value;

use crate::fixture::{bad, good};

fn html(facts: Facts, name: &str) -> String {
    let html = Report::new(facts).to_html();
    // For eyes: `target/tmp` keeps what the last run rendered.
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(path, &html).expect("writable");
    html
}

fn has_all(text: &str, facts: &[&str]) {
    for fact in facts {
        assert!(text.contains(fact), "no {fact:?}");
    }
}

#[test]
fn the_text_of_a_good_rehearsal() {
    let expected = "\
requests    22,500 sent at 500/s, 22,500 ok, 0 failed

latency            p50        p99      p99.9        max   requests
  before       1.06 ms    6.84 ms    8.12 ms    42.7 ms      5,000
  during       1.19 ms    7.47 ms    10.5 ms    39.4 ms     13,000
  after        1.06 ms    6.90 ms    8.13 ms    38.9 ms      4,500

phases      baseline     10.0 s
            preflight     1.1 s
            replacing    22.9 s
            settling      2.0 s
            afterwards    9.0 s

at least    the refresh begins      1 x   0.3 s =   0.3 s
            instance pending        4 x   0.2 s =   0.8 s
            boot                    4 x   0.7 s =   2.8 s
            launch hook             4 x   1.4 s =   5.6 s
            registration            4 x   0.3 s =   1.2 s
            target healthy          4 x   1.4 s =   5.6 s
            drain                   1 x   3.0 s =   3.0 s
            terminate hook          1 x   1.4 s =   1.4 s
            shutdown                1 x   0.4 s =   0.4 s
            sum                                    21.1 s
            the deploy took                        26.0 s, 1.23 times the sum

API calls   autoscaling:CompleteLifecycleAction             11
            autoscaling:DescribeAutoScalingGroups           58
            autoscaling:DescribeInstanceRefreshes           54
            autoscaling:StartInstanceRefresh                 1
            ec2:CreateLaunchTemplateVersion                  1
            elasticloadbalancing:DescribeTargetHealth       54
            s3:GetObject                                    24
            sts:GetCallerIdentity                            1

PASSED  1.0.0 -> 1.1.0 in 26.0 s: 22,500 requests, 0 failed; deploy exit status 0
";
    assert_eq!(Report::new(good()).to_text(), expected);
}

#[test]
fn the_text_of_a_bad_rehearsal() {
    let text = Report::new(bad()).to_text();
    has_all(
        &text,
        &[
            "22,461 ok, 39 failed\n",
            "failed      5xx 33, truncated 6\n",
            "balancer    502 kept-alive connection reset 12, 502 refused 21, cut: target closed in the body 6\n",
            "first         16.4 s  5xx        /api/v1/info  status 502 from awselb/2.0\n",
        ],
    );
    assert!(
        text.ends_with("\nFAILED  1.0.0 -> 1.1.0: 39 of 22,500 requests failed\n"),
        "{text}"
    );
}

#[test]
fn a_deploy_that_fails_is_no_pass_even_if_nothing_was_lost() {
    let facts = Facts {
        deploy: DeployFacts {
            runs: 1,
            exit_code: Some(3),
            outcome: "rolled back".to_owned(),
            ..good().deploy
        },
        ..good()
    };
    let report = Report::new(facts);
    assert!(!report.verdict.passed);
    let last = "FAILED  1.0.0 -> 1.1.0: deploy ended with exit status 3 (rolled back)\n";
    assert!(report.to_text().ends_with(last), "{}", report.to_text());
}

#[test]
fn a_load_that_sent_nothing_is_no_pass() {
    let facts = Facts {
        load: sandbox::load::Samples::default(),
        ..good()
    };
    let report = Report::new(facts);
    assert_eq!(report.verdict.reasons, ["no request was sent"]);
    assert!(report.to_html().contains("No request was sent"));
}

#[test]
fn a_machine_too_busy_for_the_schedule_is_told() {
    let mut facts = good();
    facts.load.totals.lag.late = 7;
    facts.load.totals.lag.max_ms = 81.0;
    let report = Report::new(facts);
    assert!(report.verdict.passed, "it is a note, not a verdict");
    has_all(
        &report.to_text(),
        &["7 requests started more than 20.0 ms late, the latest by 81.0 ms"],
    );
    has_all(&report.to_html(), &["7 requests started"]);
}

#[test]
fn the_json_holds_everything() {
    let json = Report::new(bad()).to_json();
    let value: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(value["schema"], 1);
    assert_eq!(value["verdict"]["passed"], false);
    assert_eq!(value["requests"]["sent"], 22_500);
    assert_eq!(value["requests"]["by_class"]["5xx"], 33);
    assert_eq!(value["critical_path"]["terms"][2]["name"], "boot");
    assert_eq!(value["critical_path"]["terms"][2]["times"], 4);
    assert_eq!(value["deploy"]["exit_code"], 0);
    assert_eq!(value["deploy"]["seconds"], 26.0);
    assert_eq!(value["latency"]["during"]["count"], 13_000 - 39);
    assert_eq!(value["phases"][2]["name"], "replacing");
    assert_eq!(value["api_calls"]["s3:GetObject"], 24);
    assert_eq!(value["lifelines"].as_array().map(Vec::len), Some(8));
    assert_eq!(value["failures"].as_array().map(Vec::len), Some(39));
    assert_eq!(value["failures"][0]["status"], 502);
    let failed = value["timeline"].as_array().expect("buckets").iter();
    let failed: u64 = failed
        .map(|bucket| bucket["failed"].as_u64().expect("a count"))
        .sum();
    assert_eq!(failed, 39);
}

#[test]
fn the_page_of_a_good_rehearsal() {
    let page = html(good(), "report-good.html");
    has_all(
        &page,
        &[
            "Not one request was lost",
            "<p class=\"figure\">22,500</p>",
            "exit status 0, done",
            "Every request got its complete answer at the first attempt.",
            "i-04c4e1f7a92b5d384",
            "target: draining, 17.5 s to 20.5 s (3.0 s)",
            "autoscaling:<wbr>DescribeAutoScalingGroups",
            "<title>replacing</title>",
        ],
    );
    assert!(
        !page.contains("class=\"failed\"><title>"),
        "no mark of a failure"
    );
}

#[test]
fn the_page_of_a_bad_rehearsal() {
    let page = html(bad(), "report-bad.html");
    has_all(
        &page,
        &[
            "39 requests were lost",
            "39 of 22,500 requests failed",
            "5xx 33, truncated 6",
            "class=\"failed\"><title>",
            "200 response closed in the middle of the body, on a kept-alive connection",
            "502 kept-alive connection reset",
        ],
    );
}

#[test]
fn a_fault_that_never_struck_is_noted() {
    let fault = |text: &str, hits| FaultFacts {
        fault: text.to_owned(),
        hits,
    };
    let report = Report::new(Facts {
        faults: vec![fault("throttle:op=Nothing", 0), fault("lost-reply", 1)],
        ..good()
    });
    let noted = &report.verdict.warnings;
    assert_eq!(noted.len(), 1, "{noted:?}");
    assert!(report.verdict.passed, "it is no reason to fail");
    let note = "note        the fault throttle:op=Nothing never struck";
    assert!(report.to_text().contains(note), "{}", report.to_text());
}
