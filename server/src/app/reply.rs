//! Builds responses: plain, JSON, streamed, and content with an entity tag.

use std::convert::Infallible;

use bytes::Bytes;
use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH,
};
use http::{Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Either, Full};
use hyper::body::Body;
use serde::Serialize;
use sha2::{Digest, Sha256};

pub(crate) type Reply = Response<Content>;

/// What is there as a whole costs no allocation more than without the other kind.
pub(crate) type Content = Either<Full<Bytes>, UnsyncBoxBody<Bytes, Infallible>>;

/// No content.
pub(crate) fn empty(status: StatusCode) -> Reply {
    let mut reply = Response::new(Either::Left(Full::default()));
    *reply.status_mut() = status;
    reply
}

/// Content that comes bit by bit.
pub(crate) fn streamed(
    content_type: &'static str,
    body: impl Body<Data = Bytes, Error = Infallible> + Send + 'static,
) -> Reply {
    let mut reply = Response::new(Either::Right(body.boxed_unsync()));
    reply
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    reply
}

pub(crate) fn content(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Bytes>,
) -> Reply {
    let mut reply = Response::new(Either::Left(Full::new(body.into())));
    *reply.status_mut() = status;
    reply
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    reply
}

pub(crate) fn text(status: StatusCode, body: impl Into<Bytes>) -> Reply {
    content(status, "text/plain; charset=utf-8", body)
}

/// JSON that differs from instance to instance and moment to moment, so it is never cached.
pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Reply {
    match serde_json::to_vec(value) {
        Ok(body) => uncached(content(status, "application/json", body)),
        Err(error) => {
            tracing::error!(%error, "failed to encode a reply");
            text(StatusCode::INTERNAL_SERVER_ERROR, "encoding failed\n")
        }
    }
}

pub(crate) fn uncached(mut reply: Reply) -> Reply {
    reply
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    reply
}

pub(crate) fn not_found() -> Reply {
    text(StatusCode::NOT_FOUND, "not found\n")
}

pub(crate) fn method_not_allowed(allow: &'static str) -> Reply {
    let mut reply = text(StatusCode::METHOD_NOT_ALLOWED, "method not allowed\n");
    reply
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static(allow));
    reply
}

/// Content that stays the same for as long as the process runs, with the tag of its bytes.
#[derive(Debug)]
pub(crate) struct Asset {
    content_type: &'static str,
    body: Bytes,
    tag: HeaderValue,
}

impl Asset {
    pub(crate) fn new(content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let digest = Sha256::digest(&body);
        let hex = hex::encode(&digest[..8]);
        let tag =
            HeaderValue::try_from(format!("\"{hex}\"")).expect("hex in quotes is a header value");
        Self {
            content_type,
            body,
            tag,
        }
    }

    /// The content, or 304 if the client has it. Caches ask each time: a release may change it
    /// under the same path.
    pub(crate) fn reply(&self, request: &HeaderMap) -> Reply {
        let mut reply = if self.is_held(request) {
            empty(StatusCode::NOT_MODIFIED)
        } else {
            content(StatusCode::OK, self.content_type, self.body.clone())
        };
        let headers = reply.headers_mut();
        headers.insert(ETAG, self.tag.clone());
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        reply
    }

    /// RFC 9110, 13.1.2: weak comparison with any of the list, or `*`.
    fn is_held(&self, request: &HeaderMap) -> bool {
        request
            .get_all(IF_NONE_MATCH)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|list| list.split(','))
            .map(|tag| tag.trim().trim_start_matches("W/"))
            .any(|tag| tag == "*" || tag.as_bytes() == self.tag.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked_with(asset: &Asset, tag: &str) -> StatusCode {
        let mut headers = HeaderMap::new();
        headers.insert(IF_NONE_MATCH, HeaderValue::from_str(tag).unwrap());
        asset.reply(&headers).status()
    }

    #[test]
    fn what_the_client_holds_is_not_sent_again() {
        let asset = Asset::new("text/plain", "one");
        let tag = asset.tag.to_str().unwrap().to_owned();
        assert_eq!(asset.reply(&HeaderMap::new()).status(), StatusCode::OK);
        for held in [
            tag.clone(),
            format!("W/{tag}"),
            format!("\"other\", {tag}"),
            "*".to_owned(),
        ] {
            assert_eq!(
                asked_with(&asset, &held),
                StatusCode::NOT_MODIFIED,
                "{held}"
            );
        }
        let changed = Asset::new("text/plain", "two");
        assert_eq!(asked_with(&changed, &tag), StatusCode::OK);
    }
}
