//! A browser: its fetch, its WebSocket and its `EventSource`, on a page that the server serves.

use serde_json::json;

use crate::cdp::Browser;
use crate::leave::{AT_ONCE, hold, nothing_was_cut};
use crate::protocol::Protocol;
use crate::server::Server;

/// Opens both streams, keeps them on the page, and says what came over them.
const STREAMS: &str = r#"(async () => {
    const opened = name => new Promise((resolve, reject) => {
        name.onopen = resolve;
        name.onerror = () => reject(new Error(`${name.url} does not open`));
    });
    const socket = new WebSocket(location.origin.replace("http", "ws") + "/ws");
    const events = new EventSource("/events?every=20");
    socket.binaryType = "arraybuffer";
    globalThis.goneAway = new Promise(resolve => socket.onclose = resolve);
    globalThis.farewell = new Promise(resolve => events.addEventListener("leaving", () => {
        events.close();
        resolve();
    }));
    await Promise.all([opened(socket), opened(events)]);
    const echo = message => new Promise(resolve => {
        socket.onmessage = event => resolve(event.data);
        socket.send(message);
    });
    const bytes = Uint8Array.from({length: 65536}, (_, index) => index % 251);
    const back = new Uint8Array(await echo(bytes));
    const ids = [];
    await new Promise(resolve => events.onmessage = event => {
        ids.push(Number(event.lastEventId));
        if (ids.length === 3) resolve();
    });
    return {
        text: await echo("grüße"),
        unchanged: back.length === bytes.length && back.every((byte, index) => byte === bytes[index]),
        inOrder: ids.every((id, index) => id === ids[0] + index),
    };
})()"#;

/// How both streams ended.
const ENDINGS: &str = r"(async () => {
    await farewell;
    const {code, wasClean} = await goneAway;
    return {code, wasClean};
})()";

/// Starts rounds of requests and keeps their outcome on the page.
const ROUNDS: &str = r"(() => {
    const request = async () => {
        const answer = await fetch(`/api/v1/slow?ms=50&${Math.random()}`);
        await answer.json();
        return answer.status;
    };
    globalThis.rounds = (async () => {
        const statuses = {};
        for (let round = 0; round < 8; round++)
            for (const status of await Promise.all(Array.from({length: 4}, request)))
                statuses[status] = (statuses[status] ?? 0) + 1;
        return statuses;
    })();
})()";

const SPOKEN: &str = r#"[...new Set(performance.getEntriesByType("resource")
    .filter(entry => entry.name.includes("/slow")).map(entry => entry.nextHopProtocol))]"#;

#[tokio::test]
async fn fetch_is_answered_while_the_server_leaves() {
    for protocol in Protocol::IN_BROWSERS {
        let server = Server::start_over(protocol, &AT_ONCE).await;
        let Some(mut browser) = Browser::open(&server.url("/")).await else {
            return;
        };
        browser.evaluate(ROUNDS).await;
        server.is_busy(1).await;
        let held = hold(&server).await;
        server.terminate();
        let statuses = browser.evaluate("rounds").await;
        assert_eq!(statuses, json!({"200": 32}), "{protocol:?}");
        let spoken = if protocol.is_http2() {
            "h2"
        } else {
            "http/1.1"
        };
        assert_eq!(browser.evaluate(SPOKEN).await, json!([spoken]));
        browser.close().await;
        drop(held);
        nothing_was_cut(server).await;
    }
}

#[tokio::test]
async fn web_sockets_and_event_sources_hear_that_the_server_leaves() {
    for protocol in Protocol::IN_BROWSERS {
        let server = Server::start_over(protocol, &AT_ONCE).await;
        let Some(mut browser) = Browser::open(&server.url("/")).await else {
            return;
        };
        let streams = browser.evaluate(STREAMS).await;
        let wanted = json!({"text": "grüße", "unchanged": true, "inOrder": true});
        assert_eq!(streams, wanted, "{protocol:?}");
        server.terminate();
        let endings = browser.evaluate(ENDINGS).await;
        assert_eq!(
            endings,
            json!({"code": 1001, "wasClean": true}),
            "{protocol:?}"
        );
        browser.close().await;
        nothing_was_cut(server).await;
    }
}
