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
}
