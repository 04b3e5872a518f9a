//! Rules and their actions.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html>

use super::{Asked, Condition};

/// One rule of a listener. The default rule is the last one and has no conditions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// All must hold.
    pub conditions: Vec<Condition>,
    /// What is done then.
    pub action: Action,
}

/// What is done with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// It goes to one of these target groups, whether that one has targets or not.
    Forward(Vec<Share>),
    /// It is answered by the balancer.
    Fixed(FixedResponse),
    /// It is sent elsewhere.
    Redirect(Redirect),
}

/// One target group's part of the requests: its weight by the sum of all weights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// Its ARN.
    pub target_group: String,
    /// 0 to 999.
    pub weight: u16,
}

/// An answer that is always the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixedResponse {
    /// 2XX, 4XX or 5XX.
    pub status: u16,
    /// For example `text/plain`.
    pub content_type: Option<String>,
    /// At most 1024 bytes.
    pub body: Option<String>,
}

/// Another URL, its parts with `#{protocol}`, `#{host}`, `#{port}`, `#{path}` and `#{query}` for what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    /// `HTTP`, `HTTPS` or `#{protocol}`.
    pub protocol: String,
    /// A host name or `#{host}`.
    pub host: String,
    /// A number or `#{port}`.
    pub port: String,
    /// With the leading slash.
    pub path: String,
    /// Without the question mark.
    pub query: String,
    /// 301 instead of 302.
    pub permanent: bool,
}

impl Rule {
    /// Whether the rule is the request's.
    pub fn matches(&self, asked: &Asked<'_>) -> bool {
        self.conditions.iter().all(|c| c.matches(asked))
    }
}

impl Action {
    /// Everything to one target group.
    pub fn forward(target_group: impl Into<String>) -> Self {
        Self::Forward(vec![Share {
            target_group: target_group.into(),
            weight: 1,
        }])
    }

    /// The target groups that it names.
    pub fn target_groups(&self) -> impl Iterator<Item = &str> {
        let shares = match self {
            Self::Forward(shares) => shares.as_slice(),
            Self::Fixed(_) | Self::Redirect(_) => &[],
        };
        shares.iter().map(|share| share.target_group.as_str())
    }
}

impl Redirect {
    /// The URL for a request that came in at `port` over plain HTTP.
    pub fn location(&self, asked: &Asked<'_>, port: u16) -> String {
        let fill = |template: &str| {
            template
                .replace("#{protocol}", "HTTP")
                .replace("#{host}", asked.host)
                .replace("#{port}", &port.to_string())
                // A path parameter stands for the path without its leading slash.
                .replace("#{path}", asked.path.trim_start_matches('/'))
                .replace("#{query}", asked.query.unwrap_or_default())
        };
        let (scheme, query) = (fill(&self.protocol).to_ascii_lowercase(), fill(&self.query));
        let mark = if query.is_empty() { "" } else { "?" };
        let (host, port, path) = (fill(&self.host), fill(&self.port), fill(&self.path));
        format!("{scheme}://{host}:{port}{path}{mark}{query}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderMap;

    #[test]
    fn a_redirect_keeps_what_it_does_not_change() {
        let redirect = Redirect {
            protocol: "HTTPS".into(),
            host: "#{host}".into(),
            port: "443".into(),
            path: "/new/#{path}".into(),
            query: "#{query}".into(),
            permanent: true,
        };
        let asked = Asked {
            method: "GET",
            host: "example.test",
            path: "/a/b",
            query: Some("c=d"),
            headers: &HeaderMap::new(),
            source: [127, 0, 0, 1].into(),
        };
        assert_eq!(
            redirect.location(&asked, 80),
            "https://example.test:443/new/a/b?c=d"
        );
    }
}
