//! Which requests offer an upgrade, and which responses accept one (pure).

use http::header::UPGRADE;
use http::{Method, Request, Response, StatusCode};
use hyper::upgrade::OnUpgrade;

use crate::connection::upgrade::Protocol;

/// An upgrade that hyper would carry out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Offer {
    /// A request with an Upgrade header.
    Upgrade,
    /// A CONNECT request.
    Tunnel,
}

impl Offer {
    pub(crate) fn of<B>(request: &Request<B>) -> Option<Self> {
        request.extensions().get::<OnUpgrade>()?;
        Some(match *request.method() {
            Method::CONNECT => Self::Tunnel,
            _ => Self::Upgrade,
        })
    }

    /// What is spoken behind this response, if HTTP is not.
    pub(crate) fn accepted_by<B>(self, response: &Response<B>) -> Option<Protocol> {
        match (self, response.status()) {
            (_, StatusCode::SWITCHING_PROTOCOLS) if chose_websocket(response) => {
                Some(Protocol::WebSocket)
            }
            (_, StatusCode::SWITCHING_PROTOCOLS) => Some(Protocol::Raw),
            (Self::Tunnel, status) if status.is_success() => Some(Protocol::Raw),
            _ => None,
        }
    }
}

fn chose_websocket<B>(response: &Response<B>) -> bool {
    let chosen = response.headers().get(UPGRADE);
    chosen.is_some_and(|name| name.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(status: u16, upgrade: Option<&str>) -> Response<()> {
        let mut response = Response::builder().status(status);
        if let Some(name) = upgrade {
            response = response.header(UPGRADE, name);
        }
        response.body(()).unwrap()
    }

    #[test]
    fn the_response_says_what_is_spoken_behind_it() {
        for (offer, status, upgrade, expected) in [
            (
                Offer::Upgrade,
                101,
                Some("WebSocket"),
                Some(Protocol::WebSocket),
            ),
            (Offer::Upgrade, 101, Some("other"), Some(Protocol::Raw)),
            (Offer::Upgrade, 101, None, Some(Protocol::Raw)),
            (Offer::Upgrade, 200, Some("websocket"), None),
            (Offer::Tunnel, 200, None, Some(Protocol::Raw)),
            (Offer::Tunnel, 407, None, None),
        ] {
            let accepted = offer.accepted_by(&response(status, upgrade));
            assert_eq!(accepted, expected, "{offer:?} {status} {upgrade:?}");
        }
    }

    #[test]
    fn a_request_that_hyper_does_not_upgrade_offers_nothing() {
        let request = Request::builder().header(UPGRADE, "websocket").body(());
        assert_eq!(Offer::of(&request.unwrap()), None);
    }
}
