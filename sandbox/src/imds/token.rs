//! Session tokens: handed out for a time, good until then, on this instance only.
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html>

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// The tokens handed out and when each expires.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    expiries: HashMap<String, Timestamp>,
}

/// How long a token lives: 1 to 21,600 seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ttl(u32);

const MAX_TTL: u32 = 21_600;

/// An agent needs one at a time. Beyond this the token closest to its end makes room.
const MAX_TOKENS: usize = 4096;

impl Ttl {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let seconds = text.parse().ok().filter(|_| digits)?;
        (1..=MAX_TTL).contains(&seconds).then_some(Self(seconds))
    }

    pub(super) fn seconds(self) -> u32 {
        self.0
    }
}

impl Tokens {
    pub(super) fn issue(&mut self, ttl: Ttl, now: Timestamp) -> String {
        self.expiries.retain(|_, expiry| *expiry > now);
        if self.expiries.len() >= MAX_TOKENS {
            let oldest = self.expiries.iter().min_by_key(|(_, expiry)| **expiry);
            if let Some(token) = oldest.map(|(token, _)| token.clone()) {
                self.expiries.remove(&token);
            }
        }
        let token = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        let expiry = now.saturating_add(SignedDuration::from_secs(ttl.0.into()));
        self.expiries
            .insert(token.clone(), expiry.unwrap_or(Timestamp::MAX));
        token
    }

    pub(super) fn is_valid(&self, token: &str, now: Timestamp) -> bool {
        self.expiries.get(token).is_some_and(|expiry| *expiry > now)
    }
}
