//! `/ws`: a WebSocket that sends back what it gets.
//!
//! - `handshake`: whether a request may become a WebSocket, and the answer if not (pure)
//! - `echo`: the session

mod echo;
mod handshake;

use http::Request;

use super::reply::Reply;

/// `GET /ws`. The session ends when `leaving` does.
pub(super) fn open<B>(
    mut request: Request<B>,
    leaving: impl Future<Output = ()> + Send + 'static,
) -> Reply {
    match handshake::judge(&request) {
        Ok(accept) => {
            let upgrade = hyper::upgrade::on(&mut request);
            tokio::spawn(echo::serve(upgrade, leaving));
            handshake::switch(accept)
        }
        Err(refusal) => refusal.reply(request.version()),
    }
}

#[cfg(test)]
mod tests;
