//! The environment in which `deploy`, the AWS CLI and the SDKs talk to a sandbox and to nothing else. The same for a shell that
//! evaluates `sandbox env` and for the `deploy` of a rehearsal.

use crate::names;
use crate::state::StateFolder;

/// What of a developer's environment would lead a client of the sandbox astray: other credentials, an endpoint of one service
/// (it goes before the one of all), or the wish to ignore endpoints altogether.
pub const FOREIGN: [&str; 12] = [
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL_STS",
    "AWS_ENDPOINT_URL_EC2",
    "AWS_ENDPOINT_URL_SSM",
    "AWS_ENDPOINT_URL_AUTO_SCALING",
    "AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
];

/// Where the sandbox listens, in the two spellings that clients use. No proxy can reach it there.
const LOOPBACK: [&str; 2] = ["127.0.0.1", "localhost"];

/// The variables that make a client talk to the sandbox in `folder`. `no_proxy` is what goes past a proxy already, and may be
/// empty.
pub fn client_environment(
    folder: &StateFolder,
    endpoint: &str,
    no_proxy: &str,
) -> Vec<(&'static str, String)> {
    let no_proxy = past_proxies(no_proxy);
    vec![
        ("AWS_ENDPOINT_URL", endpoint.to_owned()),
        ("AWS_REGION", names::REGION.to_owned()),
        ("AWS_DEFAULT_REGION", names::REGION.to_owned()),
        ("AWS_ACCESS_KEY_ID", names::ACCESS_KEY_ID.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", names::SECRET_ACCESS_KEY.to_owned()),
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        // Some clients read one, some the other, and none says which.
        ("NO_PROXY", no_proxy.clone()),
        ("no_proxy", no_proxy),
        (
            "DEPLOY_CONFIG",
            folder.deploy_config().display().to_string(),
        ),
        (
            "DEPLOY_SIGNING_KEY",
            folder.signing_key().display().to_string(),
        ),
    ]
}

/// Adds loopback to a list of hosts that are reached without a proxy.
fn past_proxies(set: &str) -> String {
    // Alone it means every host; in a list it means nothing.
    if set.trim() == "*" {
        return set.to_owned();
    }
    let mut hosts: Vec<&str> = set.split(',').map(str::trim).collect();
    hosts.retain(|host| !host.is_empty());
    for host in LOOPBACK {
        if !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    hosts.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_goes_past_every_proxy_and_what_went_before_still_does() {
        assert_eq!(past_proxies(""), "127.0.0.1,localhost");
        let with_own = "corp.example,127.0.0.1,localhost";
        assert_eq!(past_proxies("corp.example"), with_own);
        assert_eq!(past_proxies(with_own), with_own);
        assert_eq!(
            past_proxies("localhost, .corp"),
            "localhost,.corp,127.0.0.1"
        );
        assert_eq!(past_proxies("*"), "*");
    }
}
