//! Clients that offer an upgrade nobody takes them up on: curl and Java's HTTP client send
//! `Upgrade: h2c` with ordinary requests.

use server::Server;

use crate::client::Client;
use crate::library::Library;

#[tokio::test]
async fn the_last_response_to_one_arrives_whole() {
    let server = Library::serve(Server::builder()).await;
    let mut client = Client::connect(server.address).await;
    let last = "GET /big HTTP/1.1\r\nHost: test\r\nConnection: close, Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n";
    client.send(last).await.unwrap();
    let response = client.rest().await.unwrap();
    assert!(response.len() > 64 << 20, "{} bytes", response.len());
}
