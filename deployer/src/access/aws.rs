//! The loaded configuration, and the clients that are made from it.

use super::credentials::Cached;
use super::endpoint::{
    ENDPOINT_VARIABLE, EndpointError, S3, SERVICES, check_endpoint, endpoint_of, refuse_malformed,
    variable,
};
use crate::config::Environment;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use contract::store::Access;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// The name by which AWS's logs know the tool.
const APP_NAME: &str = "baton-deploy";

/// How long one request may take. AWS answers within a second or two; by default the SDK waits for ever, also for a peer that
/// takes a connection and never answers.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// How long a call may take with all its retries: the lease, a minute by default, must not run out over one.
const CALL_WITHIN: Duration = Duration::from_secs(30);

/// How often a call is tried, within [`CALL_WITHIN`]. The SDK's own three give up within seconds when an account is being
/// throttled, and Auto Scaling has one bucket for everybody in the account: a deployment must not be refused because others
/// poll. <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/Welcome.html>
const ATTEMPTS: u32 = 10;

/// The longest wait between two tries; jittered, so half of it on average.
const BACKOFF: Duration = Duration::from_secs(4);

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
        // Whoever has set it in the environment knows better.
        if variable("AWS_MAX_ATTEMPTS").is_none() && variable("AWS_RETRY_MODE").is_none() {
            let retries = RetryConfig::standard()
                .with_max_attempts(ATTEMPTS)
                .with_max_backoff(BACKOFF);
            loader = loader.retry_config(retries);
        }
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
