//! Whether a page of the web sends a request: a browser on this machine reaches the port, whatever page is open in it. What it
//! sends may change things without reading the answer, so it is refused before anything is looked at. No SDK sends what is
//! refused here. Pure.

use http::request::Parts;
use http::{HeaderMap, header};

/// Why a request is refused; `None` for one that no page can have sent.
pub(super) fn foreign(head: &Parts) -> Option<&'static str> {
    let host = named(&head.headers, header::HOST.as_str());
    if host.is_some_and(|host| !leads_here(host)) {
        return Some(
            "the request's Host is not this machine: use the address that `sandbox up` printed",
        );
    }
    let own = |origin: &str| {
        let origin = origin.strip_prefix("http://");
        origin.is_some() && origin == host
    };
    let origin = named(&head.headers, header::ORIGIN.as_str());
    let site = named(&head.headers, "sec-fetch-site");
    if origin.is_some_and(|origin| !own(origin)) || matches!(site, Some("cross-site" | "same-site"))
    {
        return Some("the request comes from a page of another origin: send it from a shell");
    }
    None
}

/// What cannot be read is nothing that is allowed.
fn named<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get(name)
        .map(|value| value.to_str().unwrap_or("?."))
}

/// Whether a host cannot be a name that somebody on the Internet has made lead here: an address, a name without a dot (as
/// machines and containers have), or one below a domain that the Internet has not got. A bucket may stand before it.
fn leads_here(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let Some((_, last)) = name.rsplit_once('.') else {
        return true;
    };
    let number = !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit());
    let reserved = ["localhost", "internal"];
    number || reserved.iter().any(|own| last.eq_ignore_ascii_case(own))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    fn refused(headers: &[(&str, &str)]) -> bool {
        let mut request = Request::builder();
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (head, ()) = request.body(()).expect("a request").into_parts();
        foreign(&head).is_some()
    }

    #[test]
    fn whatever_leads_to_this_machine_is_served() {
        for host in [
            "127.0.0.1:4566",
            "127.0.0.1",
            "[::1]:4566",
            "localhost:4566",
            "releases.localhost:4566",
            "releases.127.0.0.1:4566",
            "sandbox:4566",
            "host.docker.internal:4566",
        ] {
            assert!(!refused(&[("host", host)]), "{host}");
        }
        assert!(!refused(&[]));
        let page = [("host", "127.0.0.1:1"), ("origin", "http://127.0.0.1:1")];
        assert!(!refused(&page));
        assert!(!refused(&[
            ("host", "127.0.0.1"),
            ("sec-fetch-site", "none")
        ]));
    }

    #[test]
    fn pages_of_others_are_refused() {
        for host in [
            "evil.example",
            "evil.example:4566",
            "127.0.0.1.evil.example",
            "localhost.",
        ] {
            assert!(refused(&[("host", host)]), "{host}");
        }
        for origin in [
            "http://evil.example",
            "null",
            "http://127.0.0.1:2",
            "https://127.0.0.1",
        ] {
            assert!(
                refused(&[("host", "127.0.0.1"), ("origin", origin)]),
                "{origin}"
            );
        }
        for site in ["cross-site", "same-site"] {
            assert!(refused(&[("host", "127.0.0.1"), ("sec-fetch-site", site)]));
        }
    }
}
