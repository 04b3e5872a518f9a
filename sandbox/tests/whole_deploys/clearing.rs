//! Faults that are taken back: what was about to happen does not, and what lasted ends.

use crate::support::{PATIENCE, Sandbox, http};
use serde_json::Value;
use std::time::{Duration, Instant};

/// Speaks to `/_sandbox/faults`; answers the status and the document.
fn faults(sandbox: &Sandbox, method: &str, path: &str, body: &str) -> (u16, Value) {
    let endpoint = sandbox.said("endpoint");
    let host = endpoint.trim_start_matches("http://");
    let length = body.len();
    let request = format!(
        "{method} /_sandbox/faults{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    let (status, body) = http(endpoint, &request);
    (status, serde_json::from_str(&body).unwrap_or(Value::Null))
}

fn inject(sandbox: &Sandbox, fault: &str) -> u64 {
    let body = format!("{{\"fault\":\"{fault}\"}}");
    let (status, told) = faults(sandbox, "POST", "", &body);
    assert_eq!(status, 201, "{told}");
    told["id"].as_u64().unwrap()
}

fn clear(sandbox: &Sandbox, id: u64) {
    let (status, _) = faults(sandbox, "DELETE", &format!("/{id}"), "");
    assert_eq!(status, 204);
}

/// What is told of a fault: how often it has struck, and whether it is done.
fn told(sandbox: &Sandbox, id: u64) -> (u64, bool) {
    let (_, told) = faults(sandbox, "GET", "", "");
    let all = told["faults"].as_array().unwrap();
    let one = all.iter().find(|fault| fault["id"] == id).unwrap();
    (
        one["hits"].as_u64().unwrap(),
        one["done"].as_bool().unwrap(),
    )
}

/// Asks until it is so; each question takes the time that the next look is worth.
fn until(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "it never was so: {what}");
        std::thread::yield_now();
    }
}

/// How many agents stand still (SIGSTOP).
fn stopped_agents(sandbox: &Sandbox) -> usize {
    let state = sandbox.state.path().display().to_string();
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let stands_still = |folder: std::path::PathBuf| {
        let line = std::fs::read(folder.join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).into_owned();
        let stat = std::fs::read_to_string(folder.join("stat")).unwrap_or_default();
        line.contains("baton-agent") && line.contains(&state) && stat.contains(") T ")
    };
    entries.filter(|entry| stands_still(entry.path())).count()
}

#[test]
fn an_agent_that_hangs_goes_on_when_its_fault_is_cleared() {
    let sandbox = Sandbox::up(&["--instances", "2", "--rate", "0"]);
    let id = inject(&sandbox, "hang-agent");
    until("an agent hangs", || stopped_agents(&sandbox) == 1);
    until("the stroke is told", || told(&sandbox, id) == (1, true));
    clear(&sandbox, id);
    until("it goes on", || stopped_agents(&sandbox) == 0);
}

#[test]
fn an_instance_lives_on_when_its_death_is_called_off() {
    let sandbox = Sandbox::up(&["--instances", "2", "--rate", "0"]);
    let id = inject(&sandbox, "kill-instance:delay=2s");
    let chosen = Instant::now();
    assert_eq!(told(&sandbox, id), (0, false), "nothing has died yet");
    clear(&sandbox, id);
    let later = inject(&sandbox, "kill-instance:member=newest,delay=3s");
    until("the second one dies", || told(&sandbox, later) == (1, true));
    assert!(chosen.elapsed() > Duration::from_secs(3));
    let consoles = std::fs::read_dir(sandbox.state.path().join("instances")).unwrap();
    let is_dead = |console: std::path::PathBuf| {
        std::fs::read_to_string(console).is_ok_and(|console| console.contains("signal 9"))
    };
    let dead = consoles
        .flatten()
        .filter(|folder| is_dead(folder.path().join("console.log")))
        .count();
    assert!(dead <= 1, "only the second one was to die");
}

/// The state of the alarm `mine`.
fn alarm_is(sandbox: &Sandbox, state: &str) -> bool {
    let form = "Version=2010-08-01&Action=DescribeAlarms&AlarmNames.member.1=mine";
    let answer = sandbox.aws("monitoring", form);
    answer.contains(&format!("<StateValue>{state}</StateValue>"))
}

#[test]
fn a_raised_alarm_is_ok_again_when_no_fault_raises_it_any_more() {
    let sandbox = Sandbox::up(&["--instances", "1", "--rate", "0"]);
    let form = "Version=2010-08-01&Action=PutMetricAlarm&AlarmName=mine&Namespace=x&MetricName=y&Statistic=Sum\
                &Period=60&EvaluationPeriods=1&Threshold=1&ComparisonOperator=GreaterThanThreshold\
                &TreatMissingData=ignore";
    sandbox.aws("monitoring", form);
    let long = inject(&sandbox, "raise-alarm:name=mine");
    let short = inject(&sandbox, "raise-alarm:name=mine,for=2s");
    until("it is raised", || alarm_is(&sandbox, "ALARM"));
    clear(&sandbox, long);
    until("the other one is over", || told(&sandbox, short).1);
    until("it is OK again", || alarm_is(&sandbox, "OK"));
}

#[test]
fn a_fault_is_sent_as_an_object() {
    let sandbox = Sandbox::up(&["--instances", "1", "--rate", "0"]);
    for body in ["[\"throttle\"]", "\"throttle\"", "null", "7"] {
        let (status, told) = faults(&sandbox, "POST", "", body);
        assert_eq!(status, 400, "{body}: {told}");
    }
    let (_, told) = faults(&sandbox, "GET", "", "");
    assert_eq!(told["faults"].as_array().map(Vec::len), Some(0));
}
