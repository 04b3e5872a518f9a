//! `/ws` over a real connection.

use crate::client::Client;
use crate::process::Process;

#[tokio::test]
async fn who_asks_for_something_else_is_told_what_is_there() {
    let server = Process::start("").await;
    let mut client = Client::connect(server.address).await;
    let plain = client.get("/ws").await.unwrap();
    assert_eq!(plain.status, 426);
    assert_eq!(plain.header("upgrade"), Some("websocket"));
    let old = "GET /ws HTTP/1.1\r\nHost: test\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
        Sec-WebSocket-Version: 8\r\n\r\n";
    client.send(old).await.unwrap();
    let refused = client.answer().await.unwrap();
    assert_eq!(refused.status, 426);
    assert_eq!(refused.header("sec-websocket-version"), Some("13"));
}
