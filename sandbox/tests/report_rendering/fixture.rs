//! A rehearsal as it might have been: 45 s of load, a deploy from 10 s to 36 s, four instances replaced.

use std::collections::BTreeMap;
use std::time::Duration;

use sandbox::balancer::Tally;
use sandbox::load::{Class, Failure, Lag, Sample, Samples, Totals};
use sandbox::report::{Bounds, Change, DeployFacts, Facts, Member, Phase, Rules, Track};
use sandbox::world::Timings;

const RATE: u64 = 500;
const SECONDS: f64 = 45.0;
const REQUESTS: u64 = 22_500;

/// A deploy that lost nothing.
pub(crate) fn good() -> Facts {
    let (members, changes) = lives();
    Facts {
        began: "2026-11-20T21:00:00Z".parse().expect("a timestamp"),
        ended: SECONDS,
        rate: 500.0,
        deploy: DeployFacts {
            from: "1.0.0".to_owned(),
            to: "1.1.0".to_owned(),
            started: 10.0,
            ended: 36.0,
            runs: 1,
            exit_code: Some(0),
            outcome: "done".to_owned(),
        },
        load: load(&[]),
        phases: phases(),
        strays: Vec::new(),
        members,
        changes,
        api_calls: calls(),
        balancer: Tally {
            requests: REQUESTS,
            connections: 41,
            ..Tally::default()
        },
        faults: Vec::new(),
        rules: rules(),
        settings: settings(),
    }
}

/// Four members, one after the other.
fn rules() -> Rules {
    Rules {
        bounds: Bounds {
            members: 4,
            min_healthy: 100,
            max_healthy: Some(110),
        },
        timings: Timings::fast(),
        warmup: Duration::ZERO,
        drain: Duration::from_secs(3),
    }
}

/// The same deploy on instances that die at once: 39 requests lost.
pub(crate) fn bad() -> Facts {
    let lost: Vec<(u64, Class, &str)> = (0..39).map(lost).collect();
    let balancer = Tally {
        failures: [
            ("502 refused".to_owned(), 21),
            ("502 kept-alive connection reset".to_owned(), 12),
            ("cut: target closed in the body".to_owned(), 6),
        ]
        .into(),
        ..good().balancer
    };
    Facts {
        load: load(&lost),
        balancer,
        ..good()
    }
}

fn lost(number: u64) -> (u64, Class, &'static str) {
    let request = 8_200 + number * 31 + (number / 10) * 1_700;
    if number % 13 < 11 {
        let class = Class::ServerError(502);
        return (request, class, "status 502 from awselb/2.0");
    }
    let detail = "200 response closed in the middle of the body, on a kept-alive connection";
    (request, Class::Truncated, detail)
}

fn load(lost: &[(u64, Class, &str)]) -> Samples {
    let mut record = Samples::default();
    for number in 0..REQUESTS {
        let scheduled = Duration::from_micros(number * 1_000_000 / RATE);
        let latency = latency(number);
        let failed = lost.iter().find(|(request, ..)| *request == number);
        let class = failed.map_or(Class::Ok(200), |(_, class, _)| *class);
        record.samples.push(Sample::new(scheduled, latency, class));
        if let Some((_, class, detail)) = failed {
            record.failures.push(Failure {
                scheduled,
                latency,
                class: *class,
                path: "/api/v1/info".to_owned(),
                detail: (*detail).to_owned(),
            });
        }
    }
    record.totals = totals(&record);
    record
}

fn totals(record: &Samples) -> Totals {
    let mut by_class = BTreeMap::new();
    for sample in &record.samples {
        *by_class.entry(sample.class().name()).or_default() += 1;
    }
    Totals {
        sent: REQUESTS,
        done: REQUESTS,
        failed: record.failures.len() as u64,
        by_class,
        lag: Lag {
            late: 0,
            max_ms: 3.2,
        },
    }
}

/// About a millisecond, with a tail, and slower while instances start.
fn latency(number: u64) -> Duration {
    let noise = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
    let base = 700 + noise % 700;
    let tail = if noise.is_multiple_of(41) {
        4_000 + noise % 3_000
    } else {
        0
    };
    let second = number / RATE;
    let busy = if (13..33).contains(&second) && second % 6 < 2 {
        900 + noise % 2_500
    } else {
        0
    };
    let spike = if noise.is_multiple_of(2_903) {
        38_000
    } else {
        0
    };
    Duration::from_micros(base + tail + busy + spike)
}

fn lives() -> (Vec<Member>, Vec<Change>) {
    let (mut members, mut changes) = (Vec::new(), Vec::new());
    for number in 0..8_u32 {
        let id = format!("i-0{number}c4e1f7a92b5d38{number}");
        let new = number >= 4;
        members.push(Member {
            id: id.clone(),
            version: if new { "1.1.0" } else { "1.0.0" }.to_owned(),
            zone: format!("us-east-1{}", ["a", "b", "c"][number as usize % 3]),
        });
        let turn = f64::from(number % 4) * 5.5;
        let mut enter = |at: f64, track, state: &str| {
            changes.push(Change {
                at,
                instance: id.clone(),
                track,
                state: state.to_owned(),
            });
        };
        if new {
            enter(12.0 + turn, Track::Lifecycle, "Pending");
            enter(12.9 + turn, Track::Lifecycle, "Pending:Wait");
            enter(14.3 + turn, Track::Lifecycle, "Pending:Proceed");
            enter(14.6 + turn, Track::Lifecycle, "InService");
            enter(14.6 + turn, Track::Target, "initial");
            enter(16.0 + turn, Track::Target, "healthy");
        } else {
            enter(-6.0, Track::Lifecycle, "InService");
            enter(-4.0, Track::Target, "healthy");
            enter(17.5 + turn, Track::Lifecycle, "Terminating");
            enter(17.5 + turn, Track::Target, "draining");
            enter(20.5 + turn, Track::Target, "unused");
            enter(20.5 + turn, Track::Lifecycle, "Terminating:Wait");
            enter(21.9 + turn, Track::Lifecycle, "Terminating:Proceed");
            enter(22.3 + turn, Track::Lifecycle, "Terminated");
        }
    }
    (members, changes)
}

fn phases() -> Vec<Phase> {
    [
        ("baseline", 0.0, 10.0),
        ("preflight", 10.0, 11.1),
        ("replacing", 11.1, 34.0),
        ("settling", 34.0, 36.0),
        ("afterwards", 36.0, 45.0),
    ]
    .map(|(name, from, to)| Phase {
        name: name.to_owned(),
        from,
        to,
    })
    .into()
}

fn calls() -> BTreeMap<String, u64> {
    [
        ("autoscaling:CompleteLifecycleAction", 11),
        ("autoscaling:DescribeAutoScalingGroups", 58),
        ("autoscaling:DescribeInstanceRefreshes", 54),
        ("autoscaling:StartInstanceRefresh", 1),
        ("ec2:CreateLaunchTemplateVersion", 1),
        ("elasticloadbalancing:DescribeTargetHealth", 54),
        ("s3:GetObject", 24),
        ("sts:GetCallerIdentity", 1),
    ]
    .map(|(operation, calls)| (operation.to_owned(), calls))
    .into()
}

fn settings() -> BTreeMap<String, String> {
    [
        ("deregistration delay", "3 s"),
        ("health check", "every 0.5 s"),
        ("instances", "4, up to 8"),
        ("load", "500/s, 10 % on fresh connections"),
        ("profile", "fast"),
        ("propagation", "0.5 s"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}
