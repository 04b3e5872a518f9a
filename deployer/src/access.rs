//! The way to AWS: configuration, credentials, and above all *which* AWS. Endpoints can come from a dozen places; the one that
//! counts is computed here, shown, and held against the environment's `sandbox` setting before the first request.

use crate::config::Environment;
use crate::exit::Exit;
use crate::failure::Explain;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_types::service_config::ServiceConfigKey;
use contract::store::{Access, Credentials, KeyPair};
use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::sync::Mutex;
use url::{Host, Url};

/// The name by which AWS's logs know the tool.
const APP_NAME: &str = "baton-deploy";

/// The global endpoint variable. The SDK ignores a malformed value and calls AWS itself.
const ENDPOINT_VARIABLE: &str = "AWS_ENDPOINT_URL";

/// The services that a deployment calls, by the ids under which the SDK finds their settings
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/ss-endpoints-table.html>).
const SERVICES: [&str; 6] = [
    "Auto Scaling",
    "EC2",
    "Elastic Load Balancing v2",
    "SSM",
    "STS",
    S3,
];

const S3: &str = "S3";

/// Domains of AWS's own endpoints, including those of VPC endpoints and of the other partitions.
const AWS_DOMAINS: [&str; 4] = [
    "amazonaws.com",
    "amazonaws.com.cn",
    "api.aws",
    "amazonaws.eu",
];

/// How long one request may take. AWS answers within a second or two; by default the SDK waits for ever, also for a peer that
/// takes a connection and never answers.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// How long a call may take with all its retries: the lease, a minute by default, must not run out over one.
const CALL_WITHIN: Duration = Duration::from_secs(30);

/// How long before their expiry credentials are fetched anew, so that a request under way still finds them valid.
const EXPIRY_MARGIN: Duration = Duration::from_mins(1);

/// AWS as this process reaches it.
#[derive(Clone, Debug)]
pub struct AwsAccess {
    config: SdkConfig,
    /// Per service id, in the order of [`SERVICES`], where it is not AWS's own.
    endpoints: Vec<(&'static str, Url)>,
}

/// The clients of the services that a deployment calls.
#[derive(Clone, Debug)]
pub struct Clients {
    /// Auto Scaling.
    pub autoscaling: aws_sdk_autoscaling::Client,
    /// EC2, for launch templates.
    pub ec2: aws_sdk_ec2::Client,
    /// Elastic Load Balancing, for target health.
    pub elb: aws_sdk_elasticloadbalancingv2::Client,
    /// Systems Manager, for the version parameter.
    pub ssm: aws_sdk_ssm::Client,
    /// The security token service, for the caller's account.
    pub sts: aws_sdk_sts::Client,
}

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

impl AwsAccess {
    /// Loads the configuration as every AWS tool does: environment, profile, instance role. With `region`, that one counts.
    pub async fn load(region: Option<&str>) -> Result<Self, EndpointError> {
        refuse_malformed(ENDPOINT_VARIABLE, variable(ENDPOINT_VARIABLE).as_deref())?;
        let timeouts = TimeoutConfig::builder()
            .operation_attempt_timeout(ANSWER_WITHIN)
            .operation_timeout(CALL_WITHIN)
            .build();
        let mut loader =
            aws_config::defaults(BehaviorVersion::v2026_01_12()).timeout_config(timeouts);
        if let Some(region) = region {
            loader = loader.region(Region::new(region.to_owned()));
        }
        // The name consists of permitted characters only; AWS does without it otherwise.
        if let Ok(name) = AppName::new(APP_NAME) {
            loader = loader.app_name(name);
        }
        let config = loader.load().await;
        let mut endpoints = Vec::new();
        for service in SERVICES {
            if let Some(url) = endpoint_of(&config, service)? {
                endpoints.push((service, url));
            }
        }
        Ok(Self { config, endpoints })
    }

    /// Holds every endpoint against the environment's setting: a sandbox is never AWS, and AWS never a sandbox.
    pub fn check(&self, environment: &Environment, store: &str) -> Result<(), EndpointError> {
        let uses_s3 = store.starts_with("s3:");
        let used = SERVICES
            .into_iter()
            .filter(|service| uses_s3 || *service != S3);
        for service in used {
            check_endpoint(service, self.endpoint(service), environment)?;
        }
        Ok(())
    }

    /// The endpoint to show: none when everything is AWS's own.
    pub fn shown_endpoint(&self) -> Option<String> {
        let mut shown: Vec<&str> = self
            .endpoints
            .iter()
            .map(|(_, url)| url.as_str().trim_end_matches('/'))
            .collect();
        shown.sort_unstable();
        shown.dedup();
        (!shown.is_empty()).then(|| shown.join(", "))
    }

    /// Clients for all services.
    pub fn clients(&self) -> Clients {
        Clients {
            autoscaling: aws_sdk_autoscaling::Client::new(&self.config),
            ec2: aws_sdk_ec2::Client::new(&self.config),
            elb: aws_sdk_elasticloadbalancingv2::Client::new(&self.config),
            ssm: aws_sdk_ssm::Client::new(&self.config),
            sts: aws_sdk_sts::Client::new(&self.config),
        }
    }

    /// How a store in S3 is reached: the same region, endpoint and credentials.
    pub fn store_access(&self) -> Access {
        let credentials = self.config.credentials_provider();
        Access {
            region: self.config.region().map(ToString::to_string),
            endpoint: self
                .endpoint(S3)
                .map(|url| url.as_str().trim_end_matches('/').to_owned()),
            credentials: credentials.map(|source| Arc::new(Cached::new(source)) as _),
        }
    }

    fn endpoint(&self, service: &str) -> Option<&Url> {
        let mut endpoints = self.endpoints.iter();
        endpoints.find(|(id, _)| *id == service).map(|(_, url)| url)
    }
}

fn check_endpoint(
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
fn endpoint_of(config: &SdkConfig, service: &'static str) -> Result<Option<Url>, EndpointError> {
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

fn refuse_malformed(place: &str, value: Option<&str>) -> Result<Option<Url>, EndpointError> {
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
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Credentials for the store, kept until shortly before they expire: it asks before each request.
#[derive(Debug)]
struct Cached {
    source: SharedCredentialsProvider,
    last: Mutex<Option<aws_credential_types::Credentials>>,
}

impl Cached {
    fn new(source: SharedCredentialsProvider) -> Self {
        Self {
            source,
            last: Mutex::new(None),
        }
    }
}

#[async_trait::async_trait]
impl Credentials for Cached {
    async fn current(&self) -> Result<KeyPair, Box<dyn Error + Send + Sync>> {
        let mut last = self.last.lock().await;
        let found = match last.take().filter(is_fresh) {
            Some(fresh) => fresh,
            None => self.source.provide_credentials().await?,
        };
        let pair = KeyPair {
            id: found.access_key_id().to_owned(),
            secret: found.secret_access_key().to_owned(),
            token: found.session_token().map(str::to_owned),
        };
        *last = Some(found);
        Ok(pair)
    }
}

fn is_fresh(credentials: &aws_credential_types::Credentials) -> bool {
    let now = SystemTime::from(crate::clock::now());
    credentials
        .expiry()
        .is_none_or(|expiry| expiry > now + EXPIRY_MARGIN)
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
