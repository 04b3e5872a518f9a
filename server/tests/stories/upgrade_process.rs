//! `/ws` of `baton-server` when it is told to leave.

use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::process::Process;
use crate::upgrades::{connect, read_to_close};

#[tokio::test]
async fn its_websockets_close_with_1001_and_it_exits_clean() {
    let server = Process::start("--unready 0s").await;
    let mut clients = Vec::new();
    for _ in 0..20 {
        clients.push(connect(server.address, "/ws").await);
    }
    server.terminate();
    for mut client in clients {
        let (close, _) = read_to_close(&mut client).await;
        assert_eq!(close.code, CloseCode::Away);
    }
    let (status, account) = server.departure().await;
    assert_eq!(status, Some(0), "{account}");
    assert_eq!(account["drained"], 20, "{account}");
}

#[tokio::test]
async fn a_second_term_cuts_them() {
    let server = Process::start("").await;
    let client = connect(server.address, "/ws").await;
    server.terminate();
    server.reaches("unready").await;
    server.terminate();
    let (status, account) = server.departure().await;
    assert_eq!(status, Some(1));
    assert_eq!(account["forced"]["upgrade"], 1, "{account}");
    drop(client);
}
