//! The page: text, an image, and which release and instance it came from.

use http::HeaderMap;

use super::reply::{Asset, Reply};
use crate::cli::Identity;

pub(crate) const IMAGE_PATH: &str = "/baton.svg";

const PAGE: &str = include_str!("page.html");
const IMAGE: &[u8] = include_bytes!("baton.svg");

#[derive(Debug)]
pub(crate) struct Pages {
    page: Asset,
    image: Asset,
}

impl Pages {
    pub(crate) fn new(identity: &Identity) -> Self {
        let page = PAGE
            .replace(
                "{{service}}",
                &escape(identity.service.as_deref().unwrap_or("baton")),
            )
            .replace("{{version}}", &escape(&identity.release))
            .replace("{{instance}}", &escape(&identity.instance))
            .replace("{{zone}}", &escape(&identity.zone));
        Self {
            page: Asset::new("text/html; charset=utf-8", page),
            image: Asset::new("image/svg+xml", IMAGE),
        }
    }

    /// `GET /`
    pub(crate) fn page(&self, request: &HeaderMap) -> Reply {
        self.page.reply(request)
    }

    /// `GET /baton.svg`
    pub(crate) fn image(&self, request: &HeaderMap) -> Reply {
        self.image.reply(request)
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
