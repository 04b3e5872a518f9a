//! The health prober: what it sends, what it reports, whom it leaves alone.

use std::time::Duration;

use sandbox::balancer::{ProbeOutcome, TargetState};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::scripted::Scripted;
use crate::stage::{Settings, Stage, calm, check, draining, eventually, target};

const OFTEN: Duration = Duration::from_millis(10);
const HOUR: Duration = Duration::from_hours(1);

async fn next_probe(listener: &TcpListener) -> (TcpStream, String) {
    let (mut stream, _) = listener.accept().await.expect("a probe");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.expect("a probe's head"));
    }
    (
        stream,
        String::from_utf8(head).expect("text").to_ascii_lowercase(),
    )
}

#[tokio::test]
async fn each_probe_is_a_get_on_a_connection_of_its_own() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let answering = tokio::spawn(async move {
        let mut heads = Vec::new();
        for status in ["200 OK", "503 Service Unavailable", "404 Not Found"] {
            let (mut stream, head) = next_probe(&listener).await;
            let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
            stream.write_all(answer.as_bytes()).await.expect("sent");
            heads.push(head);
        }
        heads
    });
    let initial = target("i-1", address, TargetState::Initial);
    let stage = Stage::probing(calm(), check(OFTEN, HOUR), vec![initial]).await;
    for head in answering.await.expect("three probes") {
        assert!(head.starts_with("get /healthz http/1.1\r\n"), "{head}");
        assert!(
            head.contains("user-agent: elb-healthchecker/2.0\r\n"),
            "{head}"
        );
        assert!(head.contains(&format!("host: {address}\r\n")), "{head}");
    }
    eventually("three outcomes", || stage.probes.of("i-1").len() >= 3).await;
    let expected = [200, 503, 404].map(ProbeOutcome::Status);
    assert_eq!(stage.probes.of("i-1")[..3], expected);
}

#[tokio::test]
async fn a_dead_target_fails_and_a_silent_one_times_out() {
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let unused = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let dead = unused.local_addr().expect("an address");
    drop(unused);
    let targets = vec![
        target("i-dead", dead, TargetState::Healthy),
        target(
            "i-silent",
            silent.local_addr().expect("an address"),
            TargetState::Healthy,
        ),
    ];
    let stage = Stage::probing(calm(), check(HOUR, OFTEN), targets).await;
    assert_eq!(stage.probes.of("i-dead"), [ProbeOutcome::Failed]);
    assert_eq!(stage.probes.of("i-silent"), [ProbeOutcome::Timeout]);
}

#[tokio::test]
async fn a_new_target_is_probed_long_before_it_gets_traffic() {
    let server = Scripted::well_behaved().await;
    let settings = Settings {
        propagation: HOUR,
        ..calm()
    };
    let stage = Stage::new(settings, Vec::new()).await;
    assert_eq!(stage.get("/").await.status, 503);
    stage.set(vec![target("i-1", server.address, TargetState::Initial)]);
    eventually("a probe", || !stage.probes.of("i-1").is_empty()).await;
    assert_eq!(stage.get("/").await.status, 503);
}

#[tokio::test]
async fn draining_and_removed_targets_are_left_alone() {
    let server = Scripted::well_behaved().await;
    let healthy = |id| target(id, server.address, TargetState::Healthy);
    let targets = vec![healthy("i-stays"), healthy("i-drains"), healthy("i-goes")];
    let stage = Stage::probing(calm(), check(OFTEN, HOUR), targets).await;
    stage.set(vec![
        healthy("i-stays"),
        draining("i-drains", server.address, HOUR),
    ]);
    // Two rounds of the remaining one: whatever was under way at the change has ended.
    for _ in 0..2 {
        let so_far = stage.probes.of("i-stays").len();
        eventually("more probes", || {
            stage.probes.of("i-stays").len() > so_far + 1
        })
        .await;
    }
    let (drains, goes) = (
        stage.probes.of("i-drains").len(),
        stage.probes.of("i-goes").len(),
    );
    let so_far = stage.probes.of("i-stays").len();
    eventually("more probes", || {
        stage.probes.of("i-stays").len() > so_far + 5
    })
    .await;
    assert_eq!(stage.probes.of("i-drains").len(), drains);
    assert_eq!(stage.probes.of("i-goes").len(), goes);
}
