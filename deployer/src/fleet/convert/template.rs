//! Launch template versions and the tags that they put on instances.

use crate::rollout::observation::Template;
use aws_sdk_ec2::types as ec2;
use contract::tags;

/// One version of a launch template.
pub(in crate::fleet) fn template(found: &ec2::LaunchTemplateVersion) -> Option<Template> {
    Some(Template {
        id: found.launch_template_id()?.to_owned(),
        number: u64::try_from(found.version_number()?).ok()?,
        version: instance_tag(found, tags::VERSION).and_then(|text| text.parse().ok()),
        manifest: instance_tag(found, tags::MANIFEST).and_then(|text| text.parse().ok()),
    })
}

/// The value of a tag that the version puts on its instances.
pub(in crate::fleet) fn instance_tag<'a>(
    found: &'a ec2::LaunchTemplateVersion,
    key: &str,
) -> Option<&'a str> {
    let specifications = found.launch_template_data()?.tag_specifications();
    specifications
        .iter()
        .filter(|of| of.resource_type() == Some(&ec2::ResourceType::Instance))
        .flat_map(ec2::LaunchTemplateTagSpecification::tags)
        .find(|tag| tag.key() == Some(key))
        .and_then(ec2::Tag::value)
}

/// A version's tag specifications with these instance tags set. The list is replaced whole by AWS, so everything that the
/// source has is repeated, also for other resource types.
pub(in crate::fleet) fn with_instance_tags(
    source: &[ec2::LaunchTemplateTagSpecification],
    set: &[(&str, String)],
) -> Vec<ec2::LaunchTemplateTagSpecificationRequest> {
    let is_instance = |of: &&ec2::LaunchTemplateTagSpecification| {
        of.resource_type() == Some(&ec2::ResourceType::Instance)
    };
    let kept = source
        .iter()
        .filter(is_instance)
        .flat_map(ec2::LaunchTemplateTagSpecification::tags)
        .filter(|tag| set.iter().all(|(key, _)| tag.key() != Some(key)))
        .cloned();
    let added = set
        .iter()
        .map(|(key, value)| ec2::Tag::builder().key(*key).value(value).build());
    let instance = ec2::LaunchTemplateTagSpecificationRequest::builder()
        .resource_type(ec2::ResourceType::Instance)
        .set_tags(Some(kept.chain(added).collect()))
        .build();
    let others = source.iter().filter(|of| !is_instance(of)).map(|of| {
        ec2::LaunchTemplateTagSpecificationRequest::builder()
            .set_resource_type(of.resource_type().cloned())
            .set_tags(Some(of.tags().to_vec()))
            .build()
    });
    std::iter::once(instance).chain(others).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(key: &str, value: &str) -> ec2::Tag {
        ec2::Tag::builder().key(key).value(value).build()
    }

    fn specification(
        kind: ec2::ResourceType,
        tags: Vec<ec2::Tag>,
    ) -> ec2::LaunchTemplateTagSpecification {
        ec2::LaunchTemplateTagSpecification::builder()
            .resource_type(kind)
            .set_tags(Some(tags))
            .build()
    }

    #[test]
    fn a_new_version_keeps_every_tag_that_it_does_not_set() {
        let source = [
            specification(ec2::ResourceType::Volume, vec![tag("team", "web")]),
            specification(
                ec2::ResourceType::Instance,
                vec![tag("Name", "web"), tag("baton:version", "1.0.0")],
            ),
        ];
        let made = with_instance_tags(&source, &[("baton:version", "1.1.0".to_owned())]);
        let flat: Vec<(String, String, String)> = made
            .iter()
            .flat_map(|of| of.tags().iter().map(move |tag| (of, tag)))
            .map(|(of, tag)| {
                (
                    of.resource_type().unwrap().to_string(),
                    tag.key().unwrap().to_owned(),
                    tag.value().unwrap().to_owned(),
                )
            })
            .collect();
        let expected = [
            ("instance", "Name", "web"),
            ("instance", "baton:version", "1.1.0"),
            ("volume", "team", "web"),
        ]
        .map(|(of, key, value)| (of.to_owned(), key.to_owned(), value.to_owned()));
        assert_eq!(flat, expected);
    }

    #[test]
    fn a_template_without_tags_gets_an_instance_specification() {
        let made = with_instance_tags(&[], &[("baton:version", "1.1.0".to_owned())]);
        assert_eq!(made.len(), 1);
        assert_eq!(made[0].resource_type(), Some(&ec2::ResourceType::Instance));
    }
}
