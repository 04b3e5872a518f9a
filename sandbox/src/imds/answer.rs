//! Decides what one request gets: token, metadata, or which refusal. Pure but for the tokens it hands out.

use http::{HeaderMap, Method, StatusCode};
use jiff::Timestamp;

use super::metadata::Metadata;
use super::token::{Tokens, Ttl};
use super::tree;

pub(super) const TOKEN: &str = "x-aws-ec2-metadata-token";
pub(super) const TOKEN_TTL: &str = "x-aws-ec2-metadata-token-ttl-seconds";

/// An answer, all but the transport.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// 200, with a token and the echo of its time to live, without which SDKs fail.
    Token { token: String, ttl: Ttl },
    /// 200.
    Found(Vec<u8>),
    /// No content but the reason.
    Refused(StatusCode),
}

/// What is asked.
pub(super) struct Question<'a> {
    pub(super) method: &'a Method,
    pub(super) path: &'a str,
    pub(super) headers: &'a HeaderMap,
}

pub(super) fn answer(
    question: &Question<'_>,
    metadata: Option<&Metadata>,
    tokens: &mut Tokens,
    now: Timestamp,
) -> Answer {
    let Some(metadata) = metadata else {
        return Answer::Refused(StatusCode::NOT_FOUND);
    };
    if !metadata.enabled {
        return Answer::Refused(StatusCode::FORBIDDEN);
    }
    match (question.method, question.path) {
        (&Method::PUT, path) => put(path, question.headers, tokens, now),
        (&(Method::GET | Method::HEAD), "/latest/api/token") => {
            Answer::Refused(StatusCode::METHOD_NOT_ALLOWED)
        }
        (&(Method::GET | Method::HEAD), path) => {
            match authorize(question.headers, metadata, tokens, now) {
                Ok(()) => get(path, metadata, now),
                Err(status) => Answer::Refused(status),
            }
        }
        _ => Answer::Refused(StatusCode::METHOD_NOT_ALLOWED),
    }
}

/// A token is only given to the instance itself: a request that came through a proxy says so and is refused.
fn put(path: &str, headers: &HeaderMap, tokens: &mut Tokens, now: Timestamp) -> Answer {
    if path != "/latest/api/token" {
        let versioned = path.ends_with("/api/token");
        return Answer::Refused(if versioned {
            StatusCode::FORBIDDEN
        } else {
            StatusCode::METHOD_NOT_ALLOWED
        });
    }
    if headers.contains_key("x-forwarded-for") {
        return Answer::Refused(StatusCode::FORBIDDEN);
    }
    let ttl = headers.get(TOKEN_TTL).and_then(|ttl| ttl.to_str().ok());
    match ttl.and_then(Ttl::parse) {
        Some(ttl) => Answer::Token {
            token: tokens.issue(ttl, now),
            ttl,
        },
        None => Answer::Refused(StatusCode::BAD_REQUEST),
    }
}

fn authorize(
    headers: &HeaderMap,
    metadata: &Metadata,
    tokens: &Tokens,
    now: Timestamp,
) -> Result<(), StatusCode> {
    let allowed = match headers.get(TOKEN) {
        Some(token) => token
            .to_str()
            .is_ok_and(|token| tokens.is_valid(token, now)),
        None => !metadata.tokens_required,
    };
    if allowed {
        Ok(())
    } else {
        Err(StatusCode::UNAUTHORIZED)
    }
}

fn get(path: &str, metadata: &Metadata, now: Timestamp) -> Answer {
    if path == "/" {
        // The versions; the dated ones that are in use all say the same.
        return Answer::Found(b"latest".to_vec());
    }
    let below = path.strip_prefix('/').unwrap_or(path);
    let (version, rest) = below.split_once('/').unwrap_or((below, ""));
    let found = if is_version(version) {
        tree::look_up(metadata, now, rest)
    } else {
        None
    };
    found.map_or(Answer::Refused(StatusCode::NOT_FOUND), Answer::Found)
}

/// `latest`, or the date of a version: the paths here are the same in all that are in use.
fn is_version(name: &str) -> bool {
    let dated = name.len() == 10 && name.parse::<jiff::civil::Date>().is_ok();
    name == "latest" || dated
}
