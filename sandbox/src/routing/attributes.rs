//! How a load balancer treats connections and heads: those of its attributes that its data plane acts on.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html>

use std::time::Duration;

/// A load balancer's attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attributes {
    /// `idle_timeout.timeout_seconds`: a connection without a byte for this long is closed, on either side; a target that
    /// has not answered for this long is given up (504).
    pub idle_timeout: Duration,
    /// `client_keep_alive.seconds`: a client's connection of this age is closed after one more request.
    pub client_keep_alive: Duration,
    /// `routing.http2.enabled`: whether clients may speak HTTP/2.
    pub http2: bool,
    /// `routing.http.preserve_host_header.enabled`: whether `Host` goes on as it came.
    pub preserve_host: bool,
    /// `routing.http.drop_invalid_header_fields.enabled`: whether headers with unusual names are dropped.
    pub drop_invalid_headers: bool,
    /// `routing.http.xff_header_processing.mode`
    pub forwarded_for: ForwardedFor,
    /// `routing.http.xff_client_port.enabled`: whether the client's port stands beside its address.
    pub forwarded_port: bool,
}

/// What is done with `X-Forwarded-For`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ForwardedFor {
    /// The client is added.
    #[default]
    Append,
    /// It goes on as it came.
    Preserve,
    /// It is taken off.
    Remove,
}

impl Default for Attributes {
    /// AWS's own defaults.
    fn default() -> Self {
        Self {
            idle_timeout: Duration::from_mins(1),
            client_keep_alive: Duration::from_hours(1),
            http2: true,
            preserve_host: false,
            drop_invalid_headers: false,
            forwarded_for: ForwardedFor::Append,
            forwarded_port: false,
        }
    }
}

impl ForwardedFor {
    /// Every mode.
    pub const ALL: [Self; 3] = [Self::Append, Self::Preserve, Self::Remove];

    /// The attribute's value.
    pub fn name(self) -> &'static str {
        match self {
            Self::Append => "append",
            Self::Preserve => "preserve",
            Self::Remove => "remove",
        }
    }
}
