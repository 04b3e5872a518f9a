//! One sandbox, watched from its rest to its end.

use crate::page::Page;
use crate::up::Up;
use serde_json::Value;

/// A member that was launched for this version and stands there.
fn member(version: &str, state: &str) -> String {
    format!(
        "[...document.querySelectorAll('.member')].some(member => \
         member.querySelector('.version').textContent === '{version}' && \
         member.querySelector('.states').textContent.startsWith('{state}'))"
    )
}

#[tokio::test]
async fn a_deploy_is_started_watched_and_disturbed_on_the_page() {
    let mut up = Up::start(&["--instances", "2", "--rate", "20"]).await;
    let Some(mut page) = Page::open(up.page()).await else {
        return;
    };
    page.reads("#headline", "2 of 2 serve 1.0.0").await;
    page.reads("#link", "live").await;
    page.until("document.querySelectorAll('#traffic .bar.rate').length > 0")
        .await;

    page.reads("#deploy", "Deploy 1.1.0").await;
    page.press("#deploy").await;
    page.until(&member("1.1.0", "InService")).await;
    page.until(&member("1.0.0", "Terminating")).await;
    page.until("document.querySelector('#progress').getAttribute('aria-valuenow') > 0")
        .await;
    page.until("document.querySelector('#log').textContent.includes('start an instance refresh')")
        .await;
    page.reads("#kicker", "At rest").await;
    page.reads("#headline", "2 of 2 serve 1.1.0").await;
    page.reads("#deploy", "Deploy 1.2.0").await;

    page.choose("throttle").await;
    page.fill("service", "ssm").await;
    page.fill("chance", "2").await;
    page.press("#inject-button").await;
    page.until("/chance/.test(document.querySelector('#fault-refused').textContent)")
        .await;
    page.choose("server-error").await;
    page.fill("service", "ssm").await;
    page.press("#inject-button").await;
    page.reads("#active code", "server-error:service=ssm").await;
    page.press("#active button").await;
    page.until("document.querySelectorAll('#active li').length === 0")
        .await;

    let nameless = page.nameless().await;
    assert!(nameless.is_empty(), "{nameless:#?}");
    assert_eq!(page.width_on(375).await, 375);
    let complaints = page.complaints();
    assert!(
        complaints.iter().all(is_the_refusal) && complaints.len() == 1,
        "{complaints:#?}"
    );

    up.down().await;
    page.reads("#link", "sandbox is gone").await;
    page.until("document.querySelector('#deploy').disabled")
        .await;
}

/// The browser notes every answer that is an error; the fault that is none was one.
fn is_the_refusal(complaint: &Value) -> bool {
    complaint["entry"]["url"]
        .as_str()
        .is_some_and(|url| url.ends_with("/_sandbox/faults"))
        && complaint["entry"]["source"] == "network"
}
