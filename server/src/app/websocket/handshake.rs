//! The opening handshake (RFC 6455, 4.2): a pure function of the request.

use http::header::{
    CONNECTION, HeaderMap, HeaderName, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::{Request, StatusCode, Version};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::super::reply::{Reply, empty, text};

/// The one version that RFC 6455 defines.
const VERSION: HeaderValue = HeaderValue::from_static("13");

/// Why a request does not become a WebSocket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It does not ask for it, or in an HTTP that cannot.
    NoUpgrade,
    /// It asks for a WebSocket of another version.
    Version,
    /// Its key is missing or not 16 bytes in base64.
    Key,
}

/// The `Sec-WebSocket-Accept` of a request that may become a WebSocket. No subprotocol and no
/// extension is ever agreed on, and the origin may be any: the echo knows no secrets.
pub(super) fn judge<B>(request: &Request<B>) -> Result<HeaderValue, Refusal> {
    let headers = request.headers();
    if request.version() != Version::HTTP_11
        || !lists(headers, &CONNECTION, "upgrade")
        || !lists(headers, &UPGRADE, "websocket")
    {
        return Err(Refusal::NoUpgrade);
    }
    if only(headers, &SEC_WEBSOCKET_VERSION) != Some(&VERSION) {
        return Err(Refusal::Version);
    }
    let key = only(headers, &SEC_WEBSOCKET_KEY)
        .map(HeaderValue::as_bytes)
        .filter(|key| is_key(key))
        .ok_or(Refusal::Key)?;
    HeaderValue::try_from(derive_accept_key(key)).map_err(|_| Refusal::Key)
}

/// The 101.
pub(super) fn switch(accept: HeaderValue) -> Reply {
    let mut reply = empty(StatusCode::SWITCHING_PROTOCOLS);
    let headers = reply.headers_mut();
    say_upgrade(headers);
    headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    reply
}

impl Refusal {
    pub(super) fn reply(self, version: Version) -> Reply {
        let mut reply = match self {
            Self::NoUpgrade => text(StatusCode::UPGRADE_REQUIRED, "a WebSocket is served here\n"),
            Self::Version => text(
                StatusCode::UPGRADE_REQUIRED,
                "WebSocket version 13 is served\n",
            ),
            Self::Key => text(StatusCode::BAD_REQUEST, "Sec-WebSocket-Key is malformed\n"),
        };
        if self != Self::Key {
            reply.headers_mut().insert(SEC_WEBSOCKET_VERSION, VERSION);
            // HTTP/2 has neither field (RFC 9113, 8.2.2).
            if version <= Version::HTTP_11 {
                say_upgrade(reply.headers_mut());
            }
        }
        reply
    }
}

fn say_upgrade(headers: &mut HeaderMap) {
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
}

fn lists(headers: &HeaderMap, name: &HeaderName, wanted: &str) -> bool {
    let values = headers.get_all(name).iter();
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .any(|token| token.trim().eq_ignore_ascii_case(wanted))
}

fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h HeaderValue> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    values.next().is_none().then_some(value)
}

/// 16 bytes in base64 are 22 digits and `==`.
fn is_key(key: &[u8]) -> bool {
    let digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let (digits, padding) = key.split_at(key.len().min(22));
    digits.len() == 22 && digits.iter().all(digit) && padding == b"=="
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6455, 1.3.
    const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
    const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

    fn judged(change: impl FnOnce(&mut Request<()>)) -> Result<HeaderValue, Refusal> {
        let mut request = Request::get("/ws")
            .header(CONNECTION, "keep-alive, Upgrade")
            .header(UPGRADE, "WebSocket")
            .header(SEC_WEBSOCKET_VERSION, "13")
            .header(SEC_WEBSOCKET_KEY, KEY)
            .body(())
            .unwrap();
        change(&mut request);
        judge(&request)
    }

    fn with(name: HeaderName, value: &'static str) -> Result<HeaderValue, Refusal> {
        judged(|request| {
            let value = HeaderValue::from_static(value);
            request.headers_mut().insert(name, value);
        })
    }

    #[test]
    fn the_rfcs_example_is_accepted() {
        assert_eq!(judged(|_| {}).unwrap(), ACCEPT);
    }

    #[test]
    fn each_refusal_has_its_cause() {
        assert_eq!(with(CONNECTION, "close"), Err(Refusal::NoUpgrade));
        assert_eq!(with(UPGRADE, "h2c"), Err(Refusal::NoUpgrade));
        assert_eq!(
            judged(|request| *request.version_mut() = Version::HTTP_10),
            Err(Refusal::NoUpgrade)
        );
        assert_eq!(with(SEC_WEBSOCKET_VERSION, "8"), Err(Refusal::Version));
        assert_eq!(with(SEC_WEBSOCKET_VERSION, "13, 8"), Err(Refusal::Version));
        for key in [
            "",
            "dGhlIHNhbXBsZSBub25jZQ",
            "dGhlIHNhbXBsZSBub25jZ===",
            "dGhlIHNhbXBsZSBub25jZQ===",
        ] {
            assert_eq!(with(SEC_WEBSOCKET_KEY, key), Err(Refusal::Key), "{key}");
        }
        let twice = judged(|request| {
            let key = HeaderValue::from_static(KEY);
            request.headers_mut().append(SEC_WEBSOCKET_KEY, key);
        });
        assert_eq!(twice, Err(Refusal::Key));
    }

    #[test]
    fn a_refusal_says_what_is_served() {
        let reply = Refusal::Version.reply(Version::HTTP_11);
        assert_eq!(reply.status(), StatusCode::UPGRADE_REQUIRED);
        assert_eq!(reply.headers()[SEC_WEBSOCKET_VERSION], "13");
        assert_eq!(reply.headers()[UPGRADE], "websocket");
        let reply = Refusal::NoUpgrade.reply(Version::HTTP_2);
        assert!(!reply.headers().contains_key(UPGRADE));
    }
}
