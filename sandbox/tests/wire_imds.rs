//! The metadata service over real sockets, with a clock that the test moves.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by panicking"
)]

mod wire_support;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use sandbox::imds::{self, Metadata, MetadataSource};
use wire_support::{Answer, listener, raw, send};

#[derive(Clone)]
struct Instance(Arc<Mutex<Option<Metadata>>>);

impl MetadataSource for Instance {
    fn metadata(&self) -> Option<Metadata> {
        self.0.lock().unwrap().clone()
    }
}

impl Instance {
    fn change(&self, change: impl FnOnce(&mut Metadata)) {
        change(self.0.lock().unwrap().as_mut().unwrap());
    }
}

fn metadata() -> Metadata {
    let tag = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    Metadata {
        instance_id: "i-0123456789abcdef0".into(),
        instance_type: "t3.small".into(),
        image_id: "ami-0123456789abcdef0".into(),
        region: "us-east-1".into(),
        zone: "us-east-1a".into(),
        zone_id: "use1-az1".into(),
        local_ipv4: Ipv4Addr::new(127, 0, 1, 2),
        account: "000000000000".into(),
        role: Some("baton-instance".into()),
        tags: Some(BTreeMap::from([
            tag("baton:version", "1.1.0"),
            tag("a%b", "odd"),
        ])),
        target_lifecycle_state: Some("InService".into()),
        user_data: Some(vec![0, 159, 255, b'\n']),
        spot: None,
        enabled: true,
        tokens_required: true,
    }
}

struct Service {
    address: SocketAddr,
    instance: Instance,
    now: Arc<Mutex<Timestamp>>,
}

impl Service {
    async fn start() -> Self {
        let (listener, address) = listener().await;
        let instance = Instance(Arc::new(Mutex::new(Some(metadata()))));
        let start: Timestamp = "2026-11-20T21:10:00Z".parse().unwrap();
        let now = Arc::new(Mutex::new(start));
        let read = Arc::clone(&now);
        let clock: imds::Clock = Arc::new(move || *read.lock().unwrap());
        tokio::spawn(imds::serve(listener, Arc::new(instance.clone()), clock));
        Self {
            address,
            instance,
            now,
        }
    }

    fn pass(&self, duration: SignedDuration) {
        *self.now.lock().unwrap() += duration;
    }

    async fn put(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        send(self.address, "PUT", path, headers, "").await
    }

    async fn token(&self, ttl: &str) -> String {
        let answer = self.put("/latest/api/token", &[(TTL, ttl)]).await;
        assert_eq!(answer.status, StatusCode::OK);
        answer.text().to_owned()
    }

    async fn get_with(&self, token: &str, path: &str) -> Answer {
        send(self.address, "GET", path, &[(TOKEN, token)], "").await
    }

    async fn get(&self, path: &str) -> Answer {
        let token = self.token("60").await;
        self.get_with(&token, path).await
    }
}

const TTL: &str = "X-aws-ec2-metadata-token-ttl-seconds";
const TOKEN: &str = "X-aws-ec2-metadata-token";
const STATE: &str = "/latest/meta-data/autoscaling/target-lifecycle-state";

#[tokio::test]
async fn a_token_comes_with_the_echo_of_its_lifetime() {
    let service = Service::start().await;
    for ttl in ["1", "21600"] {
        let answer = service.put("/latest/api/token", &[(TTL, ttl)]).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.header(TTL), ttl);
        assert_eq!(answer.header("content-type"), "text/plain");
        assert!(answer.text().len() > 30);
    }
}

#[tokio::test]
async fn tokens_are_only_given_to_proper_requests() {
    let service = Service::start().await;
    let token = "/latest/api/token";
    let proxied: &[_] = &[(TTL, "60"), ("X-Forwarded-For", "10.0.0.1")];
    for (path, headers, status) in [
        (token, [].as_slice(), StatusCode::BAD_REQUEST),
        (token, &[(TTL, "0")], StatusCode::BAD_REQUEST),
        (token, &[(TTL, "21601")], StatusCode::BAD_REQUEST),
        (token, &[(TTL, "-1")], StatusCode::BAD_REQUEST),
        (token, &[(TTL, "+60")], StatusCode::BAD_REQUEST),
        (token, &[(TTL, "")], StatusCode::BAD_REQUEST),
        (
            token,
            &[(TTL, "99999999999999999999")],
            StatusCode::BAD_REQUEST,
        ),
        (token, proxied, StatusCode::FORBIDDEN),
        (
            "/2021-03-23/api/token",
            &[(TTL, "60")],
            StatusCode::FORBIDDEN,
        ),
        (
            "/latest/meta-data/instance-id",
            &[(TTL, "60")],
            StatusCode::METHOD_NOT_ALLOWED,
        ),
    ] {
        assert_eq!(
            service.put(path, headers).await.status,
            status,
            "{path} {headers:?}"
        );
    }
}

#[tokio::test]
async fn without_a_good_token_nothing_is_told() {
    let service = Service::start().await;
    let path = "/latest/meta-data/instance-id";
    let bare = send(service.address, "GET", path, &[], "").await;
    assert_eq!(bare.status, StatusCode::UNAUTHORIZED);
    for token in ["", "nonsense", "\u{e9}"] {
        assert_eq!(
            service.get_with(token, path).await.status,
            StatusCode::UNAUTHORIZED
        );
    }
    let nowhere = send(service.address, "GET", "/latest/nowhere", &[], "").await;
    assert_eq!(nowhere.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_token_is_good_until_its_last_second() {
    let service = Service::start().await;
    let token = service.token("60").await;
    service.pass(SignedDuration::from_secs(59));
    assert_eq!(service.get_with(&token, STATE).await.status, StatusCode::OK);
    service.pass(SignedDuration::from_secs(1));
    assert_eq!(
        service.get_with(&token, STATE).await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn a_token_of_one_instance_is_none_on_another() {
    let (one, other) = (Service::start().await, Service::start().await);
    let token = one.token("60").await;
    assert_eq!(one.get_with(&token, STATE).await.status, StatusCode::OK);
    assert_eq!(
        other.get_with(&token, STATE).await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn an_endpoint_that_is_disabled_refuses_everything() {
    let service = Service::start().await;
    let token = service.token("60").await;
    service.instance.change(|metadata| metadata.enabled = false);
    for path in ["/", "/latest/meta-data/instance-id", "/nowhere"] {
        let answer = service.get_with(&token, path).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
    }
    let ttl = [("x-aws-ec2-metadata-token-ttl-seconds", "60")];
    let put = send(service.address, "PUT", "/latest/api/token", &ttl, "").await;
    assert_eq!(put.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn version_one_works_only_where_tokens_are_optional() {
    let service = Service::start().await;
    service
        .instance
        .change(|metadata| metadata.tokens_required = false);
    let path = "/latest/meta-data/instance-id";
    assert_eq!(
        send(service.address, "GET", path, &[], "").await.status,
        StatusCode::OK
    );
    assert_eq!(
        service.get_with("bad", path).await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn every_path_tells_what_it_should() {
    let service = Service::start().await;
    for (path, text) in [
        ("/", "latest"),
        ("/latest/", "dynamic/\nmeta-data/\nuser-data"),
        ("/latest", "dynamic/\nmeta-data/\nuser-data"),
        (
            "/latest/meta-data/",
            "ami-id\nami-launch-index\nautoscaling/\nevents/\nhostname\niam/\ninstance-id\ninstance-life-cycle\ninstance-type\nlocal-hostname\nlocal-ipv4\nmac\nplacement/\nreservation-id\nsecurity-groups\nservices/\ntags/",
        ),
        ("/latest/meta-data/instance-id", "i-0123456789abcdef0"),
        ("/latest/meta-data/instance-id/", "i-0123456789abcdef0"),
        (
            "/latest/meta-data/placement/availability-zone/",
            "us-east-1a",
        ),
        ("/latest/meta-data/ami-launch-index", "0"),
        (
            "/latest/meta-data/events/maintenance/",
            "history\nscheduled",
        ),
        ("/latest/meta-data/events/maintenance/history", "[]"),
        ("/latest/meta-data/events/maintenance/scheduled", "[]"),
        ("/latest/meta-data/hostname", "ip-127-0-1-2.ec2.internal"),
        (
            "/latest/meta-data/local-hostname",
            "ip-127-0-1-2.ec2.internal",
        ),
        ("/latest/meta-data/mac", "02:00:7f:00:01:02"),
        ("/latest/meta-data/reservation-id", "r-0123456789abcdef0"),
        ("/latest/meta-data/security-groups", "default"),
        ("/latest/meta-data/services/", "domain\npartition"),
        ("/latest/meta-data/services/domain", "amazonaws.com"),
        ("/latest/meta-data/services/partition", "aws"),
        ("/2021-03-23/meta-data/instance-id", "i-0123456789abcdef0"),
        ("/latest/meta-data/instance-type", "t3.small"),
        ("/latest/meta-data/local-ipv4", "127.0.1.2"),
        ("/latest/meta-data/ami-id", "ami-0123456789abcdef0"),
        ("/latest/meta-data/instance-life-cycle", "on-demand"),
        (
            "/latest/meta-data/placement/",
            "availability-zone\navailability-zone-id\nregion",
        ),
        ("/latest/meta-data/placement/region", "us-east-1"),
        (
            "/latest/meta-data/placement/availability-zone",
            "us-east-1a",
        ),
        (
            "/latest/meta-data/placement/availability-zone-id",
            "use1-az1",
        ),
        ("/latest/meta-data/iam/", "info\nsecurity-credentials/"),
        (
            "/latest/meta-data/iam/security-credentials/",
            "baton-instance",
        ),
        ("/latest/meta-data/tags/", "instance/"),
        ("/latest/meta-data/tags/instance/", "a%b\nbaton:version"),
        ("/latest/meta-data/tags/instance/baton:version", "1.1.0"),
        ("/latest/meta-data/tags/instance/baton%3Aversion", "1.1.0"),
        ("/latest/meta-data/tags/instance/a%25b", "odd"),
        (STATE, "InService"),
    ] {
        let answer = service.get(path).await;
        assert_eq!(
            (answer.status, answer.text()),
            (StatusCode::OK, text),
            "{path}"
        );
        assert_eq!(answer.header("content-type"), "text/plain");
    }
    assert_eq!(
        *service.get("/latest/user-data").await.body,
        [0, 159, 255, b'\n']
    );
}

#[tokio::test]
async fn what_is_not_there_is_404() {
    let service = Service::start().await;
    for path in [
        "/nowhere",
        "/1.0/meta-data/instance-id",
        "/latest/meta-data/instance-id//",
        "/latest/meta-data/instance-id/x",
        "/latest/meta-data//instance-id",
        "/latest/../latest/meta-data/instance-id",
        "/latest/meta-data/%ff",
        "/latest/meta-data/tags/instance/missing",
        "/latest/meta-data/tags/instance/a%2525b",
        "/latest/meta-data/iam/security-credentials/other-role",
        "/latest/meta-data/spot/instance-action",
        "/latest/meta-data/spot/termination-time",
        "/latest/meta-data/events/recommendations/rebalance",
    ] {
        assert_eq!(
            service.get(path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}

#[tokio::test]
async fn what_the_instance_has_not_got_is_404() {
    let service = Service::start().await;
    service.instance.change(|metadata| {
        metadata.role = None;
        metadata.tags = None;
        metadata.target_lifecycle_state = None;
        metadata.user_data = None;
    });
    for path in [
        "/latest/meta-data/iam/info",
        "/latest/meta-data/iam/security-credentials/",
        "/latest/meta-data/tags/instance/",
        STATE,
        "/latest/user-data",
    ] {
        assert_eq!(
            service.get(path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}

#[tokio::test]
async fn changes_are_seen_at_once_and_a_gone_instance_not_at_all() {
    let service = Service::start().await;
    let token = service.token("60").await;
    service
        .instance
        .change(|metadata| metadata.target_lifecycle_state = Some("Terminated".into()));
    assert_eq!(service.get_with(&token, STATE).await.text(), "Terminated");
    *service.instance.0.lock().unwrap() = None;
    assert_eq!(
        service.get_with(&token, STATE).await.status,
        StatusCode::NOT_FOUND
    );
    let refused = service.put("/latest/api/token", &[(TTL, "60")]).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_spot_instance_is_told_of_its_end() {
    let service = Service::start().await;
    let action = "/latest/meta-data/spot/instance-action";
    let rebalance = "/latest/meta-data/events/recommendations/rebalance";
    for path in [action, rebalance] {
        assert_eq!(service.get(path).await.status, StatusCode::NOT_FOUND);
    }
    service.instance.change(|metadata| {
        metadata.spot = Some(imds::Spot {
            noticed: "2026-11-20T21:10:00.5Z".parse().unwrap(),
            ends: "2026-11-20T21:12:00.5Z".parse().unwrap(),
        });
    });
    let told = service.get(action).await;
    assert_eq!(
        told.text(),
        r#"{"action":"terminate","time":"2026-11-20T21:12:00Z"}"#
    );
    let told = service.get(rebalance).await;
    assert_eq!(told.text(), r#"{"noticeTime":"2026-11-20T21:10:00Z"}"#);
    let told = service.get("/latest/meta-data/instance-life-cycle").await;
    assert_eq!(told.text(), "spot");
    let told = service.get("/latest/meta-data/spot/termination-time").await;
    assert_eq!(told.text(), "2026-11-20T21:12:00Z");
}

#[tokio::test]
async fn head_tells_the_length_and_other_methods_nothing() {
    let service = Service::start().await;
    let token = service.token("60").await;
    let headers = [(TOKEN, token.as_str())];
    let head = send(service.address, "HEAD", STATE, &headers, "").await;
    assert_eq!(
        (head.status, head.header("content-length")),
        (StatusCode::OK, "9")
    );
    assert!(head.body.is_empty());
    for method in ["POST", "DELETE", "PATCH"] {
        let answer = send(service.address, method, STATE, &headers, "").await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
    }
    let answer = service.get_with(&token, "/latest/api/token").await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn credentials_rotate_long_before_they_expire() {
    let service = Service::start().await;
    let path = "/latest/meta-data/iam/security-credentials/baton-instance";
    let read = async || {
        let answer = service.get(path).await;
        serde_json::from_slice::<BTreeMap<String, String>>(&answer.body).unwrap()
    };
    let first = read().await;
    assert_eq!(
        (first["Code"].as_str(), first["Type"].as_str()),
        ("Success", "AWS-HMAC")
    );
    assert!(first["AccessKeyId"].starts_with("ASIA") && first["AccessKeyId"].len() == 20);
    assert_eq!(first["SecretAccessKey"].len(), 40);
    assert_eq!(first["LastUpdated"], "2026-11-20T21:00:00Z");
    assert_eq!(first["Expiration"], "2026-11-21T03:00:00Z");
    service.pass(SignedDuration::from_mins(49));
    assert_eq!(read().await, first);
    service.pass(SignedDuration::from_mins(2));
    let second = read().await;
    for changed in ["AccessKeyId", "SecretAccessKey", "Token", "Expiration"] {
        assert_ne!(second[changed], first[changed], "{changed}");
    }
}

#[tokio::test]
async fn documents_name_the_instance_and_its_account() {
    let service = Service::start().await;
    let read = async |path| {
        let answer = service.get(path).await;
        serde_json::from_slice::<serde_json::Value>(&answer.body).unwrap()
    };
    let identity = read("/latest/dynamic/instance-identity/document").await;
    assert_eq!(identity["instanceId"], "i-0123456789abcdef0");
    assert_eq!(identity["accountId"], "000000000000");
    assert_eq!(identity["privateIp"], "127.0.1.2");
    let info = read("/latest/meta-data/iam/info").await;
    let arn = "arn:aws:iam::000000000000:instance-profile/baton-instance";
    assert_eq!(info["InstanceProfileArn"], arn);
}

#[tokio::test]
async fn hostile_requests_are_refused_and_the_service_lives_on() {
    let service = Service::start().await;
    let huge = format!(
        "GET / HTTP/1.1\r\nhost: a\r\nx: {}\r\n\r\n",
        "y".repeat(200_000)
    );
    for request in [
        huge.as_bytes(),
        b"\0\0\0\0\r\n\r\n",
        b"GET  HTTP/1.1\r\n\r\n",
    ] {
        let line = raw(service.address, request).await;
        assert!(line.is_empty() || line.contains(" 4"), "{line}");
    }
    assert_eq!(service.get(STATE).await.status, StatusCode::OK);
}
