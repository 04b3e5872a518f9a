//! What things are called in the sandbox: one account, one service, one environment, one group.
//!
//! Only names live here; durations are in [`crate::profile`].

/// The region that every resource is in.
pub const REGION: &str = "us-east-1";
/// The account that every caller belongs to.
pub const ACCOUNT: &str = "000000000000";
/// The availability zones that members are spread over.
pub const ZONES: [&str; 3] = ["us-east-1a", "us-east-1b", "us-east-1c"];
/// The service that is released.
pub const SERVICE: &str = "example";
/// The environment of `deploy.toml` that is this sandbox.
pub const ENVIRONMENT: &str = "sandbox";
/// The Auto Scaling group, its launch template and its target group share one name.
pub const GROUP: &str = "example-sandbox";
/// The alarm on the target group's 5xx.
pub const ALARM: &str = "example-sandbox-5xx";
/// The bucket of releases.
pub const BUCKET: &str = "baton-releases";
/// The release store, as `deploy` and the agents name it.
pub const STORE: &str = "s3://baton-releases";
/// The hook that a booting member waits under until its release serves.
pub const LAUNCH_HOOK: &str = "baton-launch";
/// The hook that a leaving member waits under until its release has drained.
pub const TERMINATE_HOOK: &str = "baton-terminate";
/// The role whose credentials instances get from their metadata endpoint.
pub const INSTANCE_ROLE: &str = "baton-instance";
/// Where the load balancer asks a target for its health.
pub const HEALTH_PATH: &str = "/healthz";
/// The access key that the sandbox's clients sign with. Nobody checks the signature.
pub const ACCESS_KEY_ID: &str = "AKIASANDBOX000000000";
/// The secret that belongs to it.
pub const SECRET_ACCESS_KEY: &str = "sandbox";
/// The version that the group starts on.
pub const FIRST_VERSION: &str = "1.0.0";
/// The instance tag that names the release.
pub const VERSION_TAG: &str = "baton:version";
