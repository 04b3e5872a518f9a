//! Requests that hyper takes and HTTP forbids: they are refused before the application sees them
//! (pure). What hyper refuses itself is not repeated here; `tests/conformance` has both.

use std::net::Ipv6Addr;

use http::header::{EXPECT, GetAll, HOST, TRANSFER_ENCODING};
use http::uri::Authority;
use http::{HeaderValue, Method, Request, StatusCode, Version};

/// The status that refuses the request, if it is to be refused.
pub(crate) fn refusal<B>(request: &Request<B>) -> Option<StatusCode> {
    if !has_target(request) || !has_host(request) {
        return Some(StatusCode::BAD_REQUEST);
    }
    let codings = request.headers().get_all(TRANSFER_ENCODING);
    transfer_coding(&codings).or_else(|| expectation(request))
}

/// The target has the form that its method takes (RFC 9112, 3.2). hyper parses any URI. HTTP/2 sends
/// a target's parts, and h2 checks them.
fn has_target<B>(request: &Request<B>) -> bool {
    if request.version() >= Version::HTTP_2 {
        return true;
    }
    let target = request.uri();
    match (target.scheme(), target.authority(), target.path()) {
        (None, Some(_), _) => request.method() == Method::CONNECT,
        (None, None, "*") => request.method() == Method::OPTIONS,
        (_, _, path) => path.starts_with('/') && request.method() != Method::CONNECT,
    }
}

/// One Host, and a valid one (RFC 9112, 3.2); HTTP/1.0 may do without. In HTTP/2 `:authority`, which
/// hyper puts into the URI, takes its place; a Host beside it says the same (RFC 9113, 8.3.1).
fn has_host<B>(request: &Request<B>) -> bool {
    let authority = request.uri().authority().map(Authority::as_str);
    if authority.is_some_and(|authority| !is_host(authority.as_bytes())) {
        return false;
    }
    let mut hosts = request.headers().get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) if request.version() >= Version::HTTP_2 => authority.is_some(),
        (None, _) => request.version() <= Version::HTTP_10,
        (Some(_), Some(_)) => false,
        (Some(host), None) if request.version() >= Version::HTTP_2 => {
            let same = |given: &str| host.as_bytes().eq_ignore_ascii_case(given.as_bytes());
            authority.is_none_or(same) && is_host(host.as_bytes())
        }
        (Some(host), None) => host.is_empty() || is_host(host.as_bytes()),
    }
}

/// `uri-host [ ":" port ]` (RFC 9110, 7.2; RFC 3986, 3.2.2).
fn is_host(given: &[u8]) -> bool {
    let (host, port) = if given.first() == Some(&b'[') {
        let Some(end) = given.iter().position(|byte| *byte == b']') else {
            return false;
        };
        let address = str::from_utf8(&given[1..end]).ok();
        let known = address.is_some_and(|text| text.parse::<Ipv6Addr>().is_ok());
        (known, &given[end + 1..])
    } else {
        let colon = given.iter().position(|byte| *byte == b':');
        let (name, port) = given.split_at(colon.unwrap_or(given.len()));
        (is_name(name), port)
    };
    let numeric = |port: &[u8]| port.iter().all(u8::is_ascii_digit);
    host && (port.is_empty() || port.strip_prefix(b":").is_some_and(numeric))
}

/// `reg-name`, of which an IPv4 address is a case. An http URI's is not empty (RFC 9110, 4.2.1).
fn is_name(name: &[u8]) -> bool {
    let escaped = |at: usize| {
        let digits = name.get(at + 1..at + 3);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    let taken = |(at, byte): (usize, &u8)| match byte {
        b'%' => escaped(at),
        byte => byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(byte),
    };
    !name.is_empty() && name.iter().enumerate().all(taken)
}

/// `chunked`, once, alone (RFC 9112, 6.1). hyper undoes `chunked` and would pass any coding below it
/// on as content. An empty element of the list would be harmless here and is not to whoever reads it
/// otherwise.
fn transfer_coding(codings: &GetAll<'_, HeaderValue>) -> Option<StatusCode> {
    let mut chunked = 0;
    let list = codings
        .iter()
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
    for coding in list {
        match coding.trim_ascii() {
            [] => return Some(StatusCode::BAD_REQUEST),
            coding if coding.eq_ignore_ascii_case(b"chunked") => chunked += 1,
            _ => return Some(StatusCode::NOT_IMPLEMENTED),
        }
    }
    (chunked > 1).then_some(StatusCode::BAD_REQUEST)
}

/// 100-continue is the one expectation there is (RFC 9110, 10.1.1). HTTP/1.0 had none.
fn expectation<B>(request: &Request<B>) -> Option<StatusCode> {
    let known = |given: &HeaderValue| given.as_bytes().eq_ignore_ascii_case(b"100-continue");
    let met = request.headers().get_all(EXPECT).iter().all(known);
    (!met && request.version() >= Version::HTTP_11).then_some(StatusCode::EXPECTATION_FAILED)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn asked(version: Version, target: &str, fields: &[(&str, &str)]) -> Request<()> {
        let mut request = Request::builder().version(version).uri(target);
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap()
    }

    fn status(version: Version, target: &str, fields: &[(&str, &str)]) -> Option<u16> {
        refusal(&asked(version, target, fields)).map(|status| status.as_u16())
    }

    #[test]
    fn a_target_has_its_methods_form() {
        let refused = |method: Method, target| {
            let mut request = asked(Version::HTTP_11, target, &[("host", "a")]);
            *request.method_mut() = method;
            refusal(&request)
        };
        for target in ["/", "/a?b", "http://a", "http://a/b", "https://a:1/b"] {
            assert_eq!(refused(Method::GET, target), None, "{target}");
            assert!(refused(Method::CONNECT, target).is_some(), "{target}");
        }
        for target in ["a", "a:80", "*", "http://user@a/"] {
            assert!(refused(Method::GET, target).is_some(), "{target}");
        }
        assert_eq!(refused(Method::OPTIONS, "*"), None);
        assert_eq!(refused(Method::CONNECT, "a:80"), None);
    }

    #[test]
    fn a_host_is_a_host_and_perhaps_a_port() {
        for host in [
            "a", "a:80", "a:", "1.2.3.4", "[::1]", "[::1]:80", "%41", "a_b!",
        ] {
            assert!(is_host(host.as_bytes()), "{host}");
        }
        for host in [
            "", ":80", "a b", "a/b", "a@b", "a:b", "a:1:2", "[::1", "[a]", "[]", "[::1]a", "%4",
            "%zz",
        ] {
            assert!(!is_host(host.as_bytes()), "{host}");
        }
    }

    #[test]
    fn each_version_has_its_own_host() {
        let (old, new, two) = (Version::HTTP_10, Version::HTTP_11, Version::HTTP_2);
        assert_eq!(status(old, "/", &[]), None);
        assert_eq!(status(new, "/", &[]), Some(400));
        assert_eq!(status(new, "http://a/", &[]), Some(400));
        assert_eq!(status(new, "http://a/", &[("host", "b")]), None);
        assert_eq!(status(new, "/", &[("host", "")]), None);
        assert_eq!(status(two, "/", &[]), Some(400));
        assert_eq!(status(two, "/", &[("host", "a")]), None);
        assert_eq!(status(two, "http://a/", &[]), None);
        assert_eq!(status(two, "http://a/", &[("host", "A")]), None);
        assert_eq!(status(two, "http://a/", &[("host", "b")]), Some(400));
        for version in [old, new, two] {
            let twice = [("host", "a"), ("host", "a")];
            assert_eq!(status(version, "/", &twice), Some(400));
        }
    }

    #[test]
    fn chunked_comes_once_and_alone() {
        let coded = |lines: &[&'static str]| {
            let fields = lines.iter().map(|line| ("transfer-encoding", *line));
            let fields: Vec<_> = [("host", "a")].into_iter().chain(fields).collect();
            status(Version::HTTP_11, "/", &fields)
        };
        assert_eq!(coded(&[]), None);
        assert_eq!(coded(&["Chunked"]), None);
        assert_eq!(coded(&["gzip, chunked"]), Some(501));
        assert_eq!(coded(&["gzip", "chunked"]), Some(501));
        for twice in [
            &["chunked, chunked"][..],
            &["chunked", "chunked"],
            &["chunked,"],
            &[""],
        ] {
            assert_eq!(coded(twice), Some(400), "{twice:?}");
        }
    }

    #[test]
    fn only_a_continuation_is_expected() {
        let expecting = |version, value| status(version, "/", &[("host", "a"), ("expect", value)]);
        assert_eq!(expecting(Version::HTTP_11, "100-Continue"), None);
        assert_eq!(expecting(Version::HTTP_11, "100-continue, x"), Some(417));
        assert_eq!(expecting(Version::HTTP_2, "x"), Some(417));
        assert_eq!(expecting(Version::HTTP_10, "x"), None);
    }

    proptest! {
        #[test]
        fn no_host_makes_it_panic(host in prop::collection::vec(any::<u8>(), 0..20)) {
            is_host(&host);
        }

        #[test]
        fn names_and_addresses_are_hosts(name in "[a-zA-Z0-9._~-]{1,20}", address in any::<Ipv6Addr>(), port in any::<u16>()) {
            let hosts = [format!("{name}:{port}"), format!("[{address}]:{port}")];
            prop_assert!(hosts.iter().all(|host| is_host(host.as_bytes())));
        }
    }
}
