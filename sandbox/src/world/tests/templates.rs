//! Launch templates: versions, merges, tokens, aliases.

use super::stage::{identity, image, timings};
use crate::wire::error::ApiError;
use crate::world::{
    CreateTemplate, CreateVersion, Kept, LaunchTemplateData, LaunchTemplateId, MetadataOptions,
    Tag, TagSpecification, TemplateKey, VersionRange, VersionSpec, World,
};

fn world() -> (World, LaunchTemplateId) {
    let mut world = World::new(identity(), timings(), 7);
    let now = world.now();
    let data = LaunchTemplateData {
        security_group_ids: Some(vec!["sg-1".into(), "sg-2".into()]),
        metadata_options: Some(MetadataOptions {
            http_tokens: Some("required".into()),
            instance_metadata_tags: Some("enabled".into()),
            ..MetadataOptions::default()
        }),
        ..image()
    };
    let id = world
        .create_launch_template(now, "web", data)
        .expect("a template");
    (world, id)
}

fn version(id: &LaunchTemplateId, source: Option<u64>, data: LaunchTemplateData) -> CreateVersion {
    CreateVersion {
        template: TemplateKey::Id(id.clone()),
        source: source.map(VersionSpec::Number),
        data,
        description: None,
        client_token: None,
    }
}

fn create(world: &mut World, request: CreateVersion) -> Result<u64, ApiError> {
    let now = world.now();
    world
        .create_template_version(now, request)
        .map(|(_, number)| number)
}

fn data(world: &World, id: &LaunchTemplateId, number: u64) -> LaunchTemplateData {
    let template = world
        .launch_template(&TemplateKey::Id(id.clone()))
        .expect("it exists");
    LaunchTemplateData::clone(&template.versions[&number].data)
}

#[test]
fn a_source_version_is_overwritten_parameter_by_parameter() {
    let (mut world, id) = world();
    let tags = vec![TagSpecification {
        resource_type: Some("instance".into()),
        tags: vec![Tag {
            key: "baton:version".into(),
            value: "1.1.0".into(),
        }],
    }];
    let change = LaunchTemplateData {
        tag_specifications: Some(tags.clone()),
        security_group_ids: Some(vec!["sg-3".into()]),
        metadata_options: Some(MetadataOptions {
            http_tokens: Some("optional".into()),
            ..MetadataOptions::default()
        }),
        ..LaunchTemplateData::default()
    };
    let number = create(&mut world, version(&id, Some(1), change)).expect("a version");
    let merged = data(&world, &id, number);
    assert_eq!(merged.image_id, image().image_id, "inherited");
    assert_eq!(merged.tag_specifications, Some(tags), "added");
    assert_eq!(
        merged.security_group_ids,
        Some(vec!["sg-3".into()]),
        "lists are replaced whole"
    );
    let options = merged.metadata_options.expect("given");
    assert_eq!(
        options.instance_metadata_tags, None,
        "and so are structures"
    );
}

#[test]
fn without_a_source_version_nothing_is_inherited() {
    let (mut world, id) = world();
    let number = create(
        &mut world,
        version(&id, None, LaunchTemplateData::default()),
    );
    assert_eq!(
        data(&world, &id, number.expect("a version")),
        LaunchTemplateData::default()
    );
}

#[test]
fn a_client_token_makes_the_same_call_once() {
    let (mut world, id) = world();
    let token = Some("deployment-1".to_owned());
    let request = CreateVersion {
        client_token: token,
        ..version(&id, Some(1), image())
    };
    assert_eq!(create(&mut world, request.clone()), Ok(2));
    assert_eq!(create(&mut world, request.clone()), Ok(2));
    let other = CreateVersion {
        description: Some("another".into()),
        ..request
    };
    let error = create(&mut world, other).expect_err("another request with the same token");
    assert_eq!(
        (error.status, error.code.as_str()),
        (400, "IdempotentParameterMismatch")
    );
    assert_eq!(create(&mut world, version(&id, Some(1), image())), Ok(3));
}

#[test]
fn aliases_follow_and_the_default_moves_only_when_told() {
    let (mut world, id) = world();
    create(
        &mut world,
        version(&id, Some(1), LaunchTemplateData::default()),
    )
    .expect("a version");
    let key = TemplateKey::Name("web".into());
    let template = world.launch_template(&key).expect("it exists");
    assert_eq!(template.number(VersionSpec::Latest), Some(2));
    assert_eq!(template.number(VersionSpec::Default), Some(1));
    let now = world.now();
    world
        .set_default_version(now, &key, VersionSpec::Number(2))
        .expect("moved");
    let template = world.launch_template(&key).expect("it exists");
    assert_eq!(template.number(VersionSpec::Default), Some(2));
    let error = world.set_default_version(now, &key, VersionSpec::Number(9));
    assert_eq!(
        error.expect_err("no such version").code,
        "InvalidLaunchTemplateId.VersionNotFound"
    );
}

#[test]
fn versions_are_selected_by_name_or_range_newest_first() {
    let (mut world, id) = world();
    for _ in 0..4 {
        create(
            &mut world,
            version(&id, Some(1), LaunchTemplateData::default()),
        )
        .expect("made");
    }
    let template = world
        .launch_template(&TemplateKey::Id(id))
        .expect("it exists");
    let numbers = |named: &[VersionSpec], min, max| -> Result<Vec<u64>, String> {
        let selected = template.select(named, VersionRange { min, max });
        selected
            .map(|v| v.iter().map(|v| v.number).collect())
            .map_err(|e| e.code)
    };
    assert_eq!(numbers(&[], None, None), Ok(vec![5, 4, 3, 2, 1]));
    assert_eq!(numbers(&[], Some(2), Some(3)), Ok(vec![3, 2]));
    assert_eq!(
        numbers(&[VersionSpec::Default, VersionSpec::Latest], None, None),
        Ok(vec![1, 5])
    );
    let missing = numbers(&[VersionSpec::Number(6)], None, None);
    assert_eq!(
        missing,
        Err("InvalidLaunchTemplateId.VersionNotFound".into())
    );
}

#[test]
fn names_ids_and_data_are_checked() {
    let (mut world, _) = world();
    let now = world.now();
    let code = |result: Result<LaunchTemplateId, ApiError>| result.expect_err("refused").code;
    let named = |name: &str| CreateTemplate {
        name: name.into(),
        ..CreateTemplate::default()
    };
    let taken = world.create_template(now, named("web"));
    assert_eq!(
        code(taken),
        "InvalidLaunchTemplateName.AlreadyExistsException"
    );
    let malformed = world.create_template(now, named("a b"));
    assert_eq!(
        code(malformed),
        "InvalidLaunchTemplateName.MalformedException"
    );
    let large = LaunchTemplateData::default().with_user_data(&vec![b'x'; 16 * 1024 + 1]);
    let large = world.create_template(
        now,
        CreateTemplate {
            data: large,
            ..named("large")
        },
    );
    assert_eq!(code(large), "InvalidParameterValue");
    let raw = LaunchTemplateData {
        user_data: Some("#!/bin/sh".into()),
        ..image()
    };
    let raw = world.create_template(
        now,
        CreateTemplate {
            data: raw,
            ..named("raw")
        },
    );
    assert_eq!(code(raw), "InvalidUserData.Malformed");
    let find = |id: &str| {
        let key = TemplateKey::Id(LaunchTemplateId::new(id));
        world.launch_template(&key).expect_err("unknown").code
    };
    assert_eq!(find("lt-nonsense"), "InvalidLaunchTemplateId.Malformed");
    assert_eq!(
        find("lt-0123456789abcdef0"),
        "InvalidLaunchTemplateId.NotFound"
    );
}

#[test]
fn a_deleted_versions_number_is_never_used_again_and_the_default_stays() {
    let (mut world, id) = world();
    let (now, key) = (world.now(), TemplateKey::Id(id.clone()));
    let tokened = CreateVersion {
        client_token: Some("once".into()),
        ..version(&id, Some(1), LaunchTemplateData::default())
    };
    assert_eq!(create(&mut world, tokened.clone()).ok(), Some(2));
    let mut delete = |number| world.delete_template_version(now, &key, number).unwrap();
    assert_eq!(delete(1), Err(Kept::Default));
    assert_eq!(delete(2), Ok(()));
    assert_eq!(delete(2), Err(Kept::NotThere));
    assert_eq!(world.launch_template(&key).unwrap().latest_version(), 1);
    // The token went with what it had made.
    assert_eq!(create(&mut world, tokened).ok(), Some(3));
}

#[test]
fn a_deleted_template_is_gone_with_its_name_and_tokens() {
    let (mut world, id) = world();
    let (now, key) = (world.now(), TemplateKey::Id(id));
    assert_eq!(world.delete_template(now, &key).unwrap().name, "web");
    let code = world.delete_template(now, &key).unwrap_err().code;
    assert_eq!(code, "InvalidLaunchTemplateId.NotFound");
    assert!(world.create_launch_template(now, "web", image()).is_ok());
}
