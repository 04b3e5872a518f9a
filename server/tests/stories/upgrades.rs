//! A server whose connections are upgraded, and clients that upgrade them.

use std::convert::Infallible;
use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use http::header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, UPGRADE};
use http::{Method, StatusCode};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::service::service_fn;
use hyper::upgrade::Upgraded;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use server::{Builder, Leaving, RequestBody};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role};

use crate::client::soon;
use crate::library::Library;

pub(crate) type Socket = WebSocketStream<TokioIo<Upgraded>>;

pub(crate) async fn serve(builder: Builder) -> Library {
    Library::run(builder, |server, listener| {
        server.serve(listener, service_fn(answer))
    })
    .await
}

/// What any application would do: accept, and go on in a task of its own.
async fn answer(mut request: Request<RequestBody>) -> Result<Response<Full<Bytes>>, Infallible> {
    let name = request.headers().get(UPGRADE).cloned();
    let connect = request.method() == Method::CONNECT;
    if (name.is_none() && !connect) || request.uri().path() == "/refuse" {
        return Ok(Response::new(Full::from("hello\n")));
    }
    let leaving = request.extensions().get::<Leaving>().cloned().unwrap();
    let path = request.uri().path().to_owned();
    let on_upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let io = TokioIo::new(on_upgrade.await.unwrap());
        match path.as_str() {
            "/echo" => echo(websocket(io).await, leaving).await,
            "/oblivious" => oblivious(websocket(io).await).await,
            "/flood" => flood(websocket(io).await).await,
            "/silent" => silent(websocket(io).await).await,
            _ => lines(io).await,
        }
    });
    let mut response = Response::new(Full::default());
    if let Some(name) = name {
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(CONNECTION, UPGRADE.into());
        headers.insert(UPGRADE, name);
        if let Some(key) = request.headers().get(SEC_WEBSOCKET_KEY) {
            let accept = derive_accept_key(key.as_bytes());
            headers.insert(SEC_WEBSOCKET_ACCEPT, accept.parse().unwrap());
        }
    }
    Ok(response)
}

async fn websocket(io: TokioIo<Upgraded>) -> Socket {
    WebSocketStream::from_raw_socket(io, Role::Server, None).await
}

/// Closes when it is asked to, and reads on to the peer's answer.
async fn echo(mut socket: Socket, leaving: Leaving) {
    loop {
        tokio::select! {
            () = leaving.wait() => break,
            message = socket.next() => match message {
                Some(Ok(message @ (Message::Text(_) | Message::Binary(_)))) => {
                    socket.send(message).await.unwrap();
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return,
            },
        }
    }
    let away = CloseFrame {
        code: CloseCode::Away,
        reason: "see you".into(),
    };
    if socket.close(Some(away)).await.is_ok() {
        while let Some(Ok(_)) = socket.next().await {}
    }
}

/// Has never heard of leaving.
async fn oblivious(mut socket: Socket) {
    while let Some(Ok(message)) = socket.next().await {
        if message.is_binary() || message.is_text() {
            socket.send(message).await.unwrap();
        }
    }
}

/// Sends without end, messages of every length, and reads for the end.
async fn flood(socket: Socket) {
    let (mut sink, mut stream) = socket.split();
    let sending = tokio::spawn(async move {
        for size in (0..).map(|n| n * 997 % 200_000) {
            let message = Message::binary(vec![0x88; size]);
            if sink.send(message).await.is_err() {
                return;
            }
            tokio::task::yield_now().await;
        }
    });
    while let Some(Ok(_)) = stream.next().await {}
    drop(stream);
    sending.abort();
}

/// Waits for something else than its peer, and neither reads nor writes.
async fn silent(socket: Socket) {
    std::future::pending::<()>().await;
    drop(socket);
}

/// A protocol of its own: echoes, and says good-bye when its peer has nothing more to say.
async fn lines(mut io: TokioIo<Upgraded>) {
    let mut buffer = [0; 1024];
    loop {
        match io.read(&mut buffer).await {
            Ok(0) => break,
            Ok(count) => io.write_all(&buffer[..count]).await.unwrap(),
            Err(_) => return,
        }
    }
    io.write_all(b"bye").await.unwrap();
    io.shutdown().await.unwrap();
}

pub(crate) async fn connect(address: SocketAddr, path: &str) -> WebSocketStream<TcpStream> {
    let stream = TcpStream::connect(address).await.unwrap();
    connect_over(stream, path).await
}

pub(crate) async fn connect_over<T>(stream: T, path: &str) -> WebSocketStream<T>
where
    T: AsyncRead + AsyncWrite + Unpin,
{
    let url = format!("ws://test{path}");
    let upgraded = tokio_tungstenite::client_async(url, stream);
    soon("the upgrade", upgraded).await.unwrap().0
}

/// The next message, which is no error.
pub(crate) async fn next<T>(client: &mut WebSocketStream<T>) -> Option<Message>
where
    T: AsyncRead + AsyncWrite + Unpin,
{
    let next = soon("a message", client.next()).await;
    next.map(|message| message.unwrap())
}

/// Reads to the end, through a Close frame. Returns it and how many messages came before.
pub(crate) async fn read_to_close<T>(client: &mut WebSocketStream<T>) -> (CloseFrame, usize)
where
    T: AsyncRead + AsyncWrite + Unpin,
{
    let mut before = 0;
    let close = loop {
        match next(client).await.expect("a Close frame") {
            Message::Close(close) => break close.unwrap(),
            _ => before += 1,
        }
    };
    assert_eq!(next(client).await, None);
    (close, before)
}
