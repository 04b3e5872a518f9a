//! An axum application, with axum's WebSocket.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::response::Response;
use axum::routing::any;
use axum::{Extension, Router};
use futures_util::SinkExt;
use server::{Leaving, Server};
use tokio_tungstenite::tungstenite;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::library::Library;
use crate::upgrades::{connect, next, read_to_close};

async fn serve(builder: server::Builder) -> Library {
    let router = Router::new()
        .route("/listens", any(listens))
        .route("/oblivious", any(oblivious));
    Library::run(builder, |server, listener| {
        server.serve_tower(listener, router)
    })
    .await
}

async fn listens(upgrade: WebSocketUpgrade, Extension(leaving): Extension<Leaving>) -> Response {
    upgrade.on_upgrade(async move |mut socket: WebSocket| {
        leaving.wait().await;
        let close = CloseFrame {
            code: close_code::AWAY,
            reason: "see you".into(),
        };
        socket.send(Message::Close(Some(close))).await.unwrap();
        while let Some(Ok(_)) = socket.recv().await {}
    })
}

async fn oblivious(upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(async |mut socket: WebSocket| {
        while let Some(Ok(message)) = socket.recv().await {
            if matches!(message, Message::Text(_)) {
                socket.send(message).await.unwrap();
            }
        }
    })
}

#[tokio::test]
async fn its_websockets_leave_with_the_server() {
    for (path, reason) in [("/listens", "see you"), ("/oblivious", "")] {
        let hurried = Server::builder()
            .unready(Duration::ZERO)
            .upgrade_grace(Duration::from_millis(300));
        let server = serve(hurried).await;
        let mut client = connect(server.address, path).await;
        if path == "/oblivious" {
            let hello = tungstenite::Message::text("hello");
            client.send(hello.clone()).await.unwrap();
            assert_eq!(next(&mut client).await, Some(hello));
        }
        server.handle.leave();
        let (close, _) = read_to_close(&mut client).await;
        assert_eq!(
            (close.code, close.reason.as_str()),
            (CloseCode::Away, reason)
        );
        drop(client);
        assert!(server.departure().await.is_clean());
    }
}
