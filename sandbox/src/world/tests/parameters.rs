//! Parameter Store.

use super::stage::{identity, timings};
use crate::world::{PutParameter, World};

fn put(world: &mut World, value: &str, overwrite: bool) -> Result<u64, String> {
    let put = PutParameter {
        name: "/baton/example/prod/version".into(),
        value: value.into(),
        kind: Some("String".into()),
        description: None,
        overwrite,
    };
    let now = world.now();
    world.put_parameter(now, put).map_err(|error| error.code)
}

fn get(world: &World, selector: &str) -> Result<String, String> {
    let name = format!("/baton/example/prod/version{selector}");
    world
        .parameter(&name)
        .map(|(_, v)| v.value.clone())
        .map_err(|error| error.code)
}

#[test]
fn a_parameter_is_created_once_and_overwritten_on_request() {
    let mut world = World::new(identity(), timings(), 1);
    assert_eq!(get(&world, ""), Err("ParameterNotFound".into()));
    assert_eq!(put(&mut world, "1.0.0", false), Ok(1));
    assert_eq!(
        put(&mut world, "1.1.0", false),
        Err("ParameterAlreadyExists".into())
    );
    assert_eq!(put(&mut world, "1.1.0", true), Ok(2));
    assert_eq!(get(&world, ""), Ok("1.1.0".into()));
    assert_eq!(get(&world, ":1"), Ok("1.0.0".into()));
    assert_eq!(get(&world, ":3"), Err("ParameterVersionNotFound".into()));
}

#[test]
fn a_hundred_versions_are_kept() {
    let mut world = World::new(identity(), timings(), 1);
    for number in 1..=101 {
        assert_eq!(put(&mut world, &number.to_string(), true), Ok(number));
    }
    assert_eq!(get(&world, ":1"), Err("ParameterVersionNotFound".into()));
    assert_eq!(get(&world, ":2"), Ok("2".into()));
}

#[test]
fn awss_own_names_are_refused() {
    let mut world = World::new(identity(), timings(), 1);
    let mut name = |name: &str| {
        let put = PutParameter {
            name: name.into(),
            value: "1".into(),
            kind: Some("String".into()),
            ..PutParameter::default()
        };
        let now = world.now();
        world.put_parameter(now, put).map_err(|error| error.code)
    };
    for reserved in ["aws/x", "/aws/service/x", "AWS-x", "ssm.x", "/SSMx"] {
        assert_eq!(
            name(reserved),
            Err("ValidationException".into()),
            "{reserved}"
        );
    }
    assert_eq!(name("/x/aws"), Ok(1));
    for odd in ["p/b", "/p/", "/p//b", "/", "p/"] {
        assert_eq!(name(odd), Err("ValidationException".into()), "{odd}");
    }
    assert_eq!(name("p"), Ok(1));
}

fn at(world: &World, seconds: u64) -> jiff::Timestamp {
    world.now() + std::time::Duration::from_secs(seconds)
}

const NAME: &str = "/baton/example/prod/version";

#[test]
fn a_deleted_parameter_begins_anew_but_not_at_once() {
    let mut world = World::new(identity(), timings(), 1);
    for version in ["1.0.0", "1.1.0"] {
        put(&mut world, version, true).unwrap();
    }
    let now = world.now();
    world.delete_parameter(now, NAME).unwrap();
    assert_eq!(get(&world, ""), Err("ParameterNotFound".into()));
    assert_eq!(
        world.delete_parameter(now, NAME).unwrap_err().code,
        "ParameterNotFound"
    );
    assert_eq!(
        put(&mut world, "2.0.0", false),
        Err("TooManyUpdates".into())
    );
    let later = at(&world, 30);
    world.advance(later);
    assert_eq!(put(&mut world, "2.0.0", false), Ok(1));
}

fn label(world: &mut World, version: Option<u64>, labels: &[&str]) -> Result<Vec<String>, String> {
    let labels: Vec<String> = labels.iter().map(|label| (*label).to_owned()).collect();
    let now = world.now();
    let labelled = world.label_parameter(now, NAME, version, &labels);
    labelled
        .map(|labelled| labelled.invalid)
        .map_err(|error| error.code)
}

#[test]
fn a_label_is_on_one_version_and_moves() {
    let mut world = World::new(identity(), timings(), 1);
    for version in ["1.0.0", "1.1.0"] {
        put(&mut world, version, true).unwrap();
    }
    assert_eq!(label(&mut world, Some(1), &["good"]), Ok(vec![]));
    assert_eq!(get(&world, ":good"), Ok("1.0.0".into()));
    assert_eq!(label(&mut world, None, &["good", "new"]), Ok(vec![]));
    assert_eq!(get(&world, ":good"), Ok("1.1.0".into()));
    let bad = ["1st", "aws-x", "a b"];
    assert_eq!(label(&mut world, None, &bad).unwrap(), bad);
    let mixed = label(&mut world, None, &["1st", "better"]).unwrap();
    assert_eq!(
        (mixed, get(&world, ":better")),
        (vec!["1st".into()], Ok("1.1.0".into()))
    );
    let many: Vec<String> = (0..9).map(|n| format!("l{n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(
        label(&mut world, None, &many),
        Err("ParameterVersionLabelLimitExceeded".into())
    );
    assert_eq!(
        label(&mut world, Some(9), &["x"]),
        Err("ParameterVersionNotFound".into())
    );
    let now = world.now();
    let labels = ["good".to_owned(), "none".to_owned()];
    let off = world.unlabel_parameter(now, NAME, 2, &labels).unwrap();
    assert_eq!(
        (off.removed, off.invalid),
        (vec!["good".to_owned()], vec!["none".to_owned()])
    );
    assert_eq!(get(&world, ":good"), Err("ParameterVersionNotFound".into()));
}

#[test]
fn the_oldest_version_stays_while_it_has_a_label() {
    let mut world = World::new(identity(), timings(), 1);
    for number in 1..=100 {
        put(&mut world, &number.to_string(), true).unwrap();
    }
    label(&mut world, Some(1), &["kept"]).unwrap();
    assert_eq!(
        put(&mut world, "101", true),
        Err("ParameterMaxVersionLimitExceeded".into())
    );
    label(&mut world, Some(2), &["kept"]).unwrap();
    assert_eq!(put(&mut world, "101", true), Ok(101));
}

#[test]
fn a_path_holds_one_level_or_all() {
    let mut world = World::new(identity(), timings(), 1);
    for name in ["/a/x", "/a/b/y", "/ab", "plain"] {
        let put = PutParameter {
            name: name.into(),
            value: "1".into(),
            kind: Some("String".into()),
            ..PutParameter::default()
        };
        let now = world.now();
        world.put_parameter(now, put).unwrap();
    }
    let below = |path: &str, recursive| -> Vec<String> {
        let found = world.parameters_below(path, recursive).unwrap();
        found.into_iter().map(|p| p.name.clone()).collect()
    };
    assert_eq!(below("/a", false), ["/a/x"]);
    assert_eq!(below("/a/", true), ["/a/b/y", "/a/x"]);
    assert_eq!(below("/", false), ["/ab"]);
    assert_eq!(below("/", true), ["/a/b/y", "/a/x", "/ab"]);
    assert_eq!(
        world.parameters_below("a", true).unwrap_err().code,
        "ValidationException"
    );
}
