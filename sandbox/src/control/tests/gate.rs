//! Who is let in, and where to.

use crate::control::assets::{ASSETS, Asset};
use crate::control::gate::admit;
use crate::control::route::{Route, is_for, route};
use http::request::Parts;
use http::{Method, Request, StatusCode};

fn head(method: &str, headers: &[(&str, &str)]) -> Parts {
    let mut request = Request::builder().method(method).uri("/_sandbox/state");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

fn status(method: &str, headers: &[(&str, &str)]) -> Option<StatusCode> {
    admit(&head(method, headers))
        .err()
        .map(|refusal| refusal.status)
}

const OWN: (&str, &str) = ("host", "127.0.0.1:4566");
const JSON: (&str, &str) = ("content-type", "application/json; charset=utf-8");

#[test]
fn whoever_names_this_machine_may_read() {
    for host in ["127.0.0.1:4566", "localhost:4566", "LOCALHOST", "127.8.0.1"] {
        assert_eq!(status("GET", &[("host", host)]), None, "{host}");
    }
}

#[test]
fn a_name_that_was_made_to_lead_here_is_not_this_machine() {
    for host in [
        "evil.example:4566",
        "127.0.0.1.evil.example",
        "10.0.0.1",
        "",
        "a b",
    ] {
        assert_eq!(
            status("GET", &[("host", host)]),
            Some(StatusCode::FORBIDDEN),
            "{host}"
        );
    }
    assert_eq!(status("GET", &[]), Some(StatusCode::FORBIDDEN));
    let two = [OWN, ("host", "evil.example")];
    assert_eq!(status("GET", &two), Some(StatusCode::FORBIDDEN));
}

#[test]
fn a_page_of_another_origin_changes_nothing() {
    for origin in [
        "http://evil.example",
        "null",
        "http://127.0.0.1:1",
        "https://127.0.0.1:4566",
    ] {
        let headers = [OWN, JSON, ("origin", origin)];
        for method in ["POST", "DELETE", "GET"] {
            assert_eq!(
                status(method, &headers),
                Some(StatusCode::FORBIDDEN),
                "{origin}"
            );
        }
    }
    let own = [OWN, JSON, ("origin", "http://127.0.0.1:4566")];
    assert_eq!(status("POST", &own), None);
}

#[test]
fn what_a_form_can_send_is_refused() {
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
    ] {
        let headers = [OWN, ("content-type", kind)];
        let unsupported = Some(StatusCode::UNSUPPORTED_MEDIA_TYPE);
        assert_eq!(status("POST", &headers), unsupported, "{kind}");
    }
    assert_eq!(status("POST", &[OWN, JSON]), None);
}

#[test]
fn every_path_has_its_methods_and_the_others_are_told_so() {
    assert_eq!(
        route(&Method::GET, "/_sandbox/"),
        Ok(Route::File(Asset::page()))
    );
    assert_eq!(route(&Method::GET, "/_sandbox/state"), Ok(Route::State));
    let put = route(&Method::PUT, "/_sandbox/state").unwrap_err();
    assert_eq!(put.status, StatusCode::METHOD_NOT_ALLOWED);
    let nowhere = route(&Method::GET, "/_sandbox/nowhere").unwrap_err();
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
}

#[test]
fn no_object_of_a_bucket_lies_there() {
    let is_ours = |path: &str| is_for(&Request::get(path).body(()).unwrap().into_parts().0);
    assert!(is_ours("/_sandbox") && is_ours("/_sandbox/") && is_ours("/_sandbox/x/y?z"));
    assert!(!is_ours("/_sandboxes/x") && !is_ours("/") && !is_ours("/bucket/_sandbox/"));
}

#[test]
fn every_file_of_the_page_is_served_and_every_module_that_one_names_is_a_file() {
    for asset in &ASSETS {
        let path = format!("/_sandbox/{}", asset.name());
        assert_eq!(route(&Method::GET, &path), Ok(Route::File(asset)));
        let named = asset.text().split("from \"./").skip(1);
        for module in named.filter_map(|rest| rest.split('"').next()) {
            assert!(
                Asset::named(module).is_some(),
                "{} names {module}",
                asset.name()
            );
        }
    }
}

#[test]
fn the_page_takes_nothing_from_elsewhere_and_makes_no_markup_of_what_it_shows() {
    for asset in &ASSETS {
        let text = asset.text().replace("http://www.w3.org/", "");
        for word in [
            "http://",
            "https://",
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
        ] {
            assert!(!text.contains(word), "{}: {word}", asset.name());
        }
    }
}
