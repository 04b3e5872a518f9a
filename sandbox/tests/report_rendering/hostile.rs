//! A report shows what servers, people and AWS called things; none of it may become markup or be fetched.

use base64::Engine;
use sandbox::report::{Facts, Phase, Report};
use sha2::{Digest, Sha256};

use crate::fixture::bad;

const HOSTILE: &str = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&";

fn hostile() -> Facts {
    let text = || HOSTILE.to_owned();
    let mut facts = bad();
    facts.deploy.from = text();
    facts.deploy.to = text();
    facts.deploy.outcome = text();
    facts.phases.push(Phase {
        name: text(),
        from: 1.0,
        to: 40.0,
    });
    for change in &mut facts.changes {
        change.state = text();
    }
    for member in &mut facts.members {
        member.version = text();
        member.zone = text();
    }
    for failure in &mut facts.load.failures {
        failure.path = text();
        failure.detail = text();
    }
    facts.api_calls.insert(text(), 1);
    facts.balancer.failures.insert(text(), 1);
    facts.settings.insert(text(), text());
    facts
}

#[test]
fn nothing_hostile_becomes_markup() {
    let page = Report::new(hostile()).to_html();
    assert!(!page.contains("<img"), "an element got in");
    assert_eq!(
        page.matches("<script").count(),
        2,
        "the data and the page's own"
    );
    assert_eq!(page.matches("</script>").count(), 2);
    assert!(
        page.contains("&lt;/script&gt;&lt;script&gt;alert(1)"),
        "shown as what it is"
    );
}

#[test]
fn the_policy_allows_exactly_what_the_page_carries() {
    let page = Report::new(hostile()).to_html();
    for (element, end, directive) in [
        ("<style>", "</style>", "style-src"),
        ("<script>", "</script>", "script-src"),
    ] {
        let content = page
            .split(element)
            .nth(1)
            .and_then(|rest| rest.split(end).next());
        let digest = Sha256::digest(content.expect("present").as_bytes());
        let hash = base64::engine::general_purpose::STANDARD.encode(digest);
        assert!(
            page.contains(&format!("{directive} 'sha256-{hash}';")),
            "{directive}"
        );
    }
    assert!(page.contains("default-src 'none';"));
    assert!(
        !page.contains(" style=\""),
        "the policy forbids style attributes"
    );
    assert!(
        !page.contains("http://") && !page.contains("https://"),
        "nothing to fetch"
    );
}

#[test]
fn the_data_of_the_script_survives_hostile_names() {
    let page = Report::new(hostile()).to_html();
    let start = "<script type=\"application/json\" id=\"data\">";
    let data = page
        .split(start)
        .nth(1)
        .and_then(|rest| rest.split("</script>").next());
    let data: serde_json::Value = serde_json::from_str(data.expect("present")).expect("JSON");
    let phases = data["phases"].as_array().expect("phases");
    assert!(phases.iter().any(|phase| phase[0] == HOSTILE));
}
