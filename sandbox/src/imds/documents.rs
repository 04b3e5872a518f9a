//! The JSON documents of the metadata service: credentials, instance profile, identity. Pure.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::metadata::{Metadata, Spot};

/// How often new credentials appear. AWS promises them at least five minutes before the old ones expire.
const ROTATION: SignedDuration = SignedDuration::from_hours(1);

/// How long a set lives; AWS's are about six hours.
const LIFETIME: SignedDuration = SignedDuration::from_hours(6);

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Credentials {
    code: &'static str,
    last_updated: String,
    r#type: &'static str,
    access_key_id: String,
    secret_access_key: String,
    token: String,
    expiration: String,
}

/// `iam/security-credentials/<role>`: the same all through an hour, then others.
pub(super) fn credentials(metadata: &Metadata, role: &str, now: Timestamp) -> String {
    let issued = start_of_rotation(now);
    let secret = |purpose: &str| {
        let seed = format!("{purpose}/{}/{role}/{issued}", metadata.instance_id);
        hex::encode(Sha256::digest(seed))
    };
    json(&Credentials {
        code: "Success",
        last_updated: issued.to_string(),
        r#type: "AWS-HMAC",
        access_key_id: format!("ASIA{}", secret("key")[..16].to_uppercase()),
        secret_access_key: secret("secret")[..40].to_owned(),
        token: secret("token"),
        expiration: (issued + LIFETIME).to_string(),
    })
}

fn start_of_rotation(now: Timestamp) -> Timestamp {
    let rotation = ROTATION.as_secs();
    let start = now.as_second().div_euclid(rotation) * rotation;
    Timestamp::from_second(start).unwrap_or(now)
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ProfileInfo {
    code: &'static str,
    last_updated: String,
    instance_profile_arn: String,
    instance_profile_id: String,
}

/// `iam/info`; the profile is named like its role, as the console makes them.
pub(super) fn profile_info(metadata: &Metadata, role: &str, now: Timestamp) -> String {
    let account = &metadata.account;
    let id = hex::encode(Sha256::digest(format!("profile/{account}/{role}")));
    json(&ProfileInfo {
        code: "Success",
        last_updated: start_of_rotation(now).to_string(),
        instance_profile_arn: format!("arn:aws:iam::{account}:instance-profile/{role}"),
        instance_profile_id: format!("AIPA{}", id[..17].to_uppercase()),
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Identity<'a> {
    account_id: &'a str,
    architecture: &'static str,
    availability_zone: &'a str,
    image_id: &'a str,
    instance_id: &'a str,
    instance_type: &'a str,
    private_ip: String,
    region: &'a str,
    version: &'static str,
}

/// `dynamic/instance-identity/document`.
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-identity-documents.html>
pub(super) fn identity(metadata: &Metadata) -> String {
    json(&Identity {
        account_id: &metadata.account,
        architecture: if std::env::consts::ARCH == "aarch64" {
            "arm64"
        } else {
            "x86_64"
        },
        availability_zone: &metadata.zone,
        image_id: &metadata.image_id,
        instance_id: &metadata.instance_id,
        instance_type: &metadata.instance_type,
        private_ip: metadata.local_ipv4.to_string(),
        region: &metadata.region,
        version: "2017-09-30",
    })
}

/// `spot/instance-action`
pub(super) fn instance_action(spot: &Spot) -> String {
    serde_json::json!({ "action": "terminate", "time": second(spot.ends) }).to_string()
}

/// `events/recommendations/rebalance`
pub(super) fn rebalance(spot: &Spot) -> String {
    serde_json::json!({ "noticeTime": second(spot.noticed) }).to_string()
}

/// These documents tell times to the second.
pub(super) fn second(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// These structs hold nothing but text, so there is nothing that could fail.
fn json(document: &impl Serialize) -> String {
    serde_json::to_string_pretty(document).unwrap_or_default()
}
