//! Several target groups behind one listener: each gets its weight, nobody makes up for one that has no target.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use sandbox::balancer::{Cause, Routes, SlowStart, Target, TargetState};
use sandbox::routing::{
    Action, Algorithm, Attributes, Condition, FixedResponse, Redirect, Rule, Share,
};

use crate::scripted::Scripted;
use crate::stage::{Settings, Stage, calm, check, draining, eventually, set_of, target};

const HOUR: Duration = Duration::from_hours(1);
const A: &str = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na";
const B: &str = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb";

fn rule(conditions: Vec<Condition>, action: Action) -> Rule {
    Rule { conditions, action }
}

fn weighted(shares: &[(&str, u16)]) -> Action {
    let share = |(group, weight): &(&str, u16)| Share {
        target_group: (*group).to_owned(),
        weight: *weight,
    };
    Action::Forward(shares.iter().map(share).collect())
}

fn routes(rules: Vec<Rule>, groups: Vec<(&str, Vec<Target>)>) -> Routes {
    let set = |targets| set_of(targets, check(HOUR, HOUR));
    let groups = groups
        .into_iter()
        .map(|(name, targets)| (name.to_owned(), set(targets)));
    Routes {
        rules,
        groups: groups.collect::<BTreeMap<_, _>>(),
        attributes: Attributes::default(),
    }
}

/// A healthy target in each of two groups that share the requests.
async fn two(settings: Settings, shares: &[(&str, u16)]) -> (Stage, Scripted, Scripted) {
    let (a, b) = (Scripted::saying(A).await, Scripted::saying(B).await);
    let groups = vec![
        ("blue", vec![target("i-a", a.address, TargetState::Healthy)]),
        (
            "green",
            vec![target("i-b", b.address, TargetState::Healthy)],
        ),
    ];
    let routes = routes(vec![rule(Vec::new(), weighted(shares))], groups);
    (Stage::groups(settings, routes).await, a, b)
}

/// How many of so many requests the second group answers.
async fn green_of(stage: &Stage, requests: usize) -> usize {
    let mut client = stage.client().await;
    let mut green = 0;
    for _ in 0..requests {
        green += usize::from(client.get("/").await.body == "b");
    }
    green
}

#[tokio::test]
async fn each_group_gets_its_weight() {
    let (stage, _a, _b) = two(calm(), &[("blue", 90), ("green", 10)]).await;
    let green = green_of(&stage, 200).await;
    assert!((18..=22).contains(&green), "{green} of 200");
}

#[tokio::test]
async fn a_change_of_weights_takes_effect_after_the_propagation_and_not_before() {
    let settings = Settings {
        propagation: Duration::from_millis(250),
        ..calm()
    };
    let (stage, _a, _b) = two(settings, &[("blue", 1), ("green", 0)]).await;
    let mut client = stage.client().await;
    assert_eq!(client.get("/").await.body, "a");
    let changed = Instant::now();
    stage.change(|routes| {
        routes.rules[0].action = weighted(&[("blue", 0), ("green", 1)]);
    });
    while client.get("/").await.body == "a" {}
    assert!(changed.elapsed() >= settings.propagation);
    for _ in 0..10 {
        assert_eq!(client.get("/").await.body, "b");
    }
    assert!(stage.tally().failures.is_empty());
}

#[tokio::test]
async fn the_share_of_an_empty_group_fails() {
    let (stage, _a, b) = two(calm(), &[("blue", 1), ("green", 1)]).await;
    stage.change(|routes| {
        let green = routes.groups.get_mut("green").expect("a group");
        green.targets = vec![draining("i-b", b.address, HOUR)];
    });
    let mut client = stage.client().await;
    // The change counts at once, but "at once" is when the balancer next runs.
    while client.get("/").await.status == 200 {}
    let before = stage.tally().failures["503 no targets"];
    let mut failed = 0;
    for _ in 0..100 {
        failed += u64::from(client.get("/").await.status == 503);
    }
    assert!((48..=52).contains(&failed), "{failed} of 100");
    assert_eq!(stage.tally().failures["503 no targets"], before + failed);
}

#[tokio::test]
async fn a_group_of_unhealthy_targets_fails_open_on_its_own() {
    let (stage, _a, b) = two(calm(), &[("blue", 1), ("green", 1)]).await;
    stage.change(|routes| {
        let green = routes.groups.get_mut("green").expect("a group");
        green.targets = vec![target("i-b", b.address, TargetState::Unhealthy)];
    });
    let mut client = stage.client().await;
    while stage.tally().fail_open == 0 {
        client.get("/").await;
    }
    let green = green_of(&stage, 100).await;
    assert!((48..=52).contains(&green), "{green} of 100");
}

#[tokio::test]
async fn weights_of_zero_alone_are_503() {
    let (stage, _a, _b) = two(calm(), &[("blue", 0), ("green", 0)]).await;
    assert_eq!(stage.get("/").await.status, 503);
    stage.failed_only_for(Cause::NoTargets);
}

#[tokio::test]
async fn every_group_is_probed_whatever_its_weight() {
    let (stage, _a, _b) = two(calm(), &[("blue", 1), ("green", 0)]).await;
    // The stage has waited for the first probe of each.
    assert_eq!(stage.probes.of("i-b").len(), 1);
}

#[tokio::test]
async fn what_is_in_flight_to_a_group_that_is_forwarded_to_no_more_finishes() {
    let (stage, _a, _b) = two(calm(), &[("blue", 1), ("green", 1)]).await;
    let patient = std::sync::Arc::new(tokio::sync::Notify::new());
    let told = std::sync::Arc::clone(&patient);
    let slow = Scripted::start(move |mut peer, _| {
        let told = std::sync::Arc::clone(&told);
        async move {
            told.notified().await;
            peer.send(A).await;
            peer.hold().await;
        }
    })
    .await;
    stage.change(|routes| {
        let blue = vec![target("i-slow", slow.address, TargetState::Healthy)];
        *routes = Routes {
            attributes: routes.attributes,
            ..self::routes(
                vec![rule(Vec::new(), weighted(&[("blue", 1)]))],
                vec![("blue", blue)],
            )
        };
    });
    eventually("the new target's probe", || {
        !stage.probes.of("i-slow").is_empty()
    })
    .await;
    let mut client = stage.client().await;
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    eventually("the request at the target", || slow.connections() == 1).await;
    stage.change(|routes| {
        *routes = Routes {
            attributes: routes.attributes,
            ..self::routes(
                vec![rule(Vec::new(), weighted(&[("green", 1)]))],
                vec![("green", Vec::new())],
            )
        };
    });
    while stage.get("/").await.status != 503 {}
    patient.notify_one();
    assert_eq!(client.answer().await.body, "a");
}

#[tokio::test]
async fn the_first_rule_that_matches_decides() {
    let (a, b) = (Scripted::saying(A).await, Scripted::saying(B).await);
    let path = |pattern: &str| vec![Condition::Path(vec![pattern.to_owned()])];
    let fixed = FixedResponse {
        status: 418,
        content_type: Some("application/json".to_owned()),
        body: Some("{}".to_owned()),
    };
    let moved = Redirect {
        protocol: "HTTPS".to_owned(),
        host: "#{host}".to_owned(),
        port: "443".to_owned(),
        path: "/#{path}".to_owned(),
        query: "#{query}".to_owned(),
        permanent: true,
    };
    let rules = vec![
        rule(path("/api/*"), weighted(&[("green", 1)])),
        rule(path("/teapot"), Action::Fixed(fixed)),
        rule(path("/secure*"), Action::Redirect(moved)),
        rule(Vec::new(), weighted(&[("blue", 1)])),
    ];
    let groups = vec![
        ("blue", vec![target("i-a", a.address, TargetState::Healthy)]),
        (
            "green",
            vec![target("i-b", b.address, TargetState::Healthy)],
        ),
    ];
    let stage = Stage::groups(calm(), routes(rules, groups)).await;
    assert_eq!(stage.get("/api/x").await.body, "b");
    assert_eq!(stage.get("/").await.body, "a");
    let teapot = stage.get("/teapot").await;
    assert_eq!((teapot.status, teapot.body.as_str()), (418, "{}"));
    assert!(teapot.has("content-type: application/json"));
    let moved = stage.get("/secure?a=b").await;
    assert_eq!(moved.status, 301);
    assert!(
        moved.has("location: https://example.test:443/secure?a=b"),
        "{}",
        moved.head
    );
    assert!(stage.tally().failures.is_empty());
}

#[tokio::test]
async fn a_target_in_slow_start_gets_less_than_its_share() {
    let (a, b) = (Scripted::saying(A).await, Scripted::saying(B).await);
    let mut starting = target("i-b", b.address, TargetState::Healthy);
    // A tenth of its share by now, and no more for long.
    starting.slow_start = Instant::now().checked_sub(HOUR).map(|since| SlowStart {
        since,
        duration: 10 * HOUR,
    });
    if starting.slow_start.is_none() {
        return; // The machine has not been up for long enough to say this.
    }
    let targets = vec![target("i-a", a.address, TargetState::Healthy), starting];
    let stage = Stage::new(calm(), targets).await;
    let slow = green_of(&stage, 110).await;
    assert!((8..=12).contains(&slow), "{slow} of 110");
}

#[tokio::test]
async fn least_outstanding_requests_avoids_the_busy() {
    let busy = Scripted::start(|peer, _| peer.hold()).await;
    let free = Scripted::saying(A).await;
    let targets = vec![
        target("i-busy", busy.address, TargetState::Healthy),
        target("i-free", free.address, TargetState::Healthy),
    ];
    let stage = Stage::new(calm(), targets).await;
    stage.change(|routes| {
        for set in routes.groups.values_mut() {
            set.algorithm = Algorithm::LeastOutstandingRequests;
        }
    });
    // One of the first two hangs on the busy one; from then on nobody goes there.
    let (mut first, mut second) = (stage.client().await, stage.client().await);
    for client in [&mut first, &mut second] {
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    }
    eventually("a request at the busy target", || busy.connections() == 1).await;
    let mut client = stage.client().await;
    for _ in 0..10 {
        assert_eq!(client.get("/").await.body, "a");
    }
    assert_eq!(busy.connections(), 1);
}
