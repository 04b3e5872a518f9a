//! Which AWS: the endpoint that each service would be called at, held against the environment's setting.

use crate::config::Environment;
use crate::exit::Exit;
use crate::failure::Explain;
use aws_config::SdkConfig;
use aws_types::service_config::ServiceConfigKey;
use url::{Host, Url};

/// The global endpoint variable. The SDK ignores a malformed value and calls AWS itself.
pub(super) const ENDPOINT_VARIABLE: &str = "AWS_ENDPOINT_URL";

/// The services that a deployment calls, by the ids under which the SDK finds their settings
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/ss-endpoints-table.html>).
pub(super) const SERVICES: [&str; 6] = [
    "Auto Scaling",
    "EC2",
    "Elastic Load Balancing v2",
    "SSM",
    "STS",
    S3,
];

pub(super) const S3: &str = "S3";

/// Domains of AWS's own endpoints, including those of VPC endpoints and of the other partitions.
const AWS_DOMAINS: [&str; 4] = [
    "amazonaws.com",
    "amazonaws.com.cn",
    "api.aws",
    "amazonaws.eu",
];

/// Why an endpoint is refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum EndpointError {
    /// Not a URL; the SDK would ignore it and call AWS itself.
    #[error("`{value}` in {place} is not an endpoint URL")]
    Malformed {
        /// The refused value.
        value: String,
        /// Where it stands.
        place: String,
    },
    /// Something that is not AWS, for an environment that is not a sandbox.
    #[error(
        "{service} would be called at {endpoint}, which is not AWS, and the environment `{environment}` is no sandbox"
    )]
    NotAws {
        /// The service.
        service: &'static str,
        /// The endpoint.
        endpoint: String,
        /// The environment.
        environment: String,
    },
    /// AWS itself, for an environment that is a sandbox.
    #[error(
        "{service} would be called at AWS itself, and the environment `{environment}` is a sandbox"
    )]
    NotSandbox {
        /// The service.
        service: &'static str,
        /// The environment.
        environment: String,
    },
}

pub(super) fn check_endpoint(
    service: &'static str,
    endpoint: Option<&Url>,
    environment: &Environment,
) -> Result<(), EndpointError> {
    let foreign = endpoint.filter(|url| !is_aws(url));
    let environment_name = environment.name.to_string();
    match (foreign, environment.sandbox) {
        (Some(_), true) | (None, false) => Ok(()),
        (Some(url), false) => Err(EndpointError::NotAws {
            service,
            endpoint: url.to_string(),
            environment: environment_name,
        }),
        (None, true) => Err(EndpointError::NotSandbox {
            service,
            environment: environment_name,
        }),
    }
}

fn is_aws(url: &Url) -> bool {
    let Some(Host::Domain(host)) = url.host() else {
        return false;
    };
    let is_below = |domain: &str| {
        host.strip_suffix(domain)
            .is_some_and(|rest| rest.ends_with('.'))
    };
    url.scheme() == "https" && AWS_DOMAINS.iter().any(|domain| is_below(domain))
}

/// The endpoint of one service, as its client will find it: its own setting before the global one.
pub(super) fn endpoint_of(
    config: &SdkConfig,
    service: &'static str,
) -> Result<Option<Url>, EndpointError> {
    let key = ServiceConfigKey::builder()
        .service_id(service)
        .env(ENDPOINT_VARIABLE)
        .profile("endpoint_url")
        .build();
    let own = key
        .ok()
        .and_then(|key| config.service_config()?.load_config(key));
    let value = own.or_else(|| config.endpoint_url().map(str::to_owned));
    let place = format!("the endpoint settings of {service}");
    refuse_malformed(&place, value.as_deref())
}

pub(super) fn refuse_malformed(
    place: &str,
    value: Option<&str>,
) -> Result<Option<Url>, EndpointError> {
    let Some(value) = value else {
        return Ok(None);
    };
    let url = Url::parse(value).ok();
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    match url {
        Some(url) => Ok(Some(url)),
        None => Err(EndpointError::Malformed {
            value: value.to_owned(),
            place: place.to_owned(),
        }),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the SDK reads this variable by itself and hides a malformed value"
)]
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

impl Explain for EndpointError {
    fn exit(&self) -> Exit {
        Exit::EndpointRefused
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Malformed { .. } => {
                "write it as in http://127.0.0.1:4566, or unset it to use AWS"
            }
            Self::NotAws { .. } => {
                "unset AWS_ENDPOINT_URL and its service-specific forms, or choose the sandbox's environment"
            }
            Self::NotSandbox { .. } => {
                "run eval \"$(sandbox env)\" first, which sets AWS_ENDPOINT_URL"
            }
        };
        Some(hint.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Strategy;

    fn environment(sandbox: bool) -> Environment {
        Environment {
            name: "prod".parse().unwrap(),
            region: "eu-west-1".to_owned(),
            account: "123456789012".to_owned(),
            group: "example".to_owned(),
            sandbox,
            strategy: Strategy::default(),
        }
    }

    fn verdict(sandbox: bool, endpoint: Option<&str>) -> bool {
        let url = endpoint.map(|text| Url::parse(text).unwrap());
        check_endpoint("EC2", url.as_ref(), &environment(sandbox)).is_ok()
    }

    #[test]
    fn a_sandbox_is_never_aws_and_aws_never_a_sandbox() {
        let loopback = Some("http://127.0.0.1:4566");
        let own = Some("https://vpce-1.ec2.eu-west-1.vpce.amazonaws.com");
        assert!(verdict(true, loopback));
        assert!(!verdict(false, loopback));
        assert!(verdict(false, None));
        assert!(!verdict(true, None));
        assert!(verdict(false, own));
        assert!(!verdict(true, own));
    }

    #[test]
    fn a_name_that_only_looks_like_aws_is_not() {
        for fake in [
            "https://ec2.amazonaws.com.evil.example",
            "https://evilamazonaws.com",
            "http://ec2.amazonaws.com",
        ] {
            assert!(!verdict(false, Some(fake)), "{fake}");
        }
    }

    #[test]
    fn a_malformed_endpoint_is_refused_instead_of_ignored() {
        for bad in ["127.0.0.1:4566", "localhost", "ftp://host", ""] {
            assert!(
                refuse_malformed("AWS_ENDPOINT_URL", Some(bad)).is_err(),
                "{bad}"
            );
        }
        assert_eq!(refuse_malformed("AWS_ENDPOINT_URL", None), Ok(None));
    }
}
