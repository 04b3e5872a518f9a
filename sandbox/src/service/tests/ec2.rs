//! EC2.

use super::{Stage, all, answer, one, refusal};
use crate::service::Service::Ec2;
use crate::world::tests::stage::Setting;

fn ask(stage: &mut Stage, action: &str, body: &str) -> String {
    answer(stage, Ec2, action, body)
}

fn code(stage: &mut Stage, action: &str, body: &str) -> String {
    refusal(stage, Ec2, action, body).0
}

fn stage() -> Stage {
    Stage::settled(&Setting {
        desired: 1,
        ..Setting::default()
    })
}

const NAMED: &str = "LaunchTemplateName=fleet";

#[test]
fn a_version_is_made_from_another_as_a_deploy_does_it() {
    let mut stage = stage();
    let create = format!(
        "{NAMED}&SourceVersion=1&VersionDescription=1.1.0&ClientToken=deployment-1\
         &LaunchTemplateData.TagSpecification.1.ResourceType=instance\
         &LaunchTemplateData.TagSpecification.1.Tag.1.Key=baton%3Aversion\
         &LaunchTemplateData.TagSpecification.1.Tag.1.Value=1.1.0\
         &LaunchTemplateData.SecurityGroupId.1=sg-1&LaunchTemplateData.UserData=IyEvYmluL3No\
         &LaunchTemplateData.MetadataOptions.HttpTokens=required"
    );
    let xml = ask(&mut stage, "CreateLaunchTemplateVersion", &create);
    assert_eq!(one(&xml, "versionNumber"), "2");
    assert_eq!(one(&xml, "defaultVersion"), "false");
    assert_eq!(one(&xml, "imageId"), "ami-00000000000000001", "inherited");
    assert_eq!(one(&xml, "key"), "baton:version");
    assert_eq!(one(&xml, "securityGroupIdSet"), "<item>sg-1</item>");
    assert_eq!(one(&xml, "httpTokens"), "required");
    assert_eq!(
        ask(&mut stage, "CreateLaunchTemplateVersion", &create),
        xml,
        "the same call"
    );
    let other = create.replace("VersionDescription=1.1.0", "VersionDescription=1.2.0");
    assert_eq!(
        code(&mut stage, "CreateLaunchTemplateVersion", &other),
        "IdempotentParameterMismatch"
    );
    let modify = format!("{NAMED}&SetDefaultVersion=2");
    let xml = ask(&mut stage, "ModifyLaunchTemplate", &modify);
    assert_eq!(
        (
            one(&xml, "defaultVersionNumber"),
            one(&xml, "latestVersionNumber")
        ),
        ("2", "2")
    );
}

#[test]
fn versions_are_described_by_number_alias_range_and_page() {
    let mut stage = stage();
    for _ in 0..3 {
        let create = format!("{NAMED}&LaunchTemplateData.InstanceType=t3.small");
        ask(&mut stage, "CreateLaunchTemplateVersion", &create);
    }
    let mut numbers = |parameters: &str| {
        let body = format!("{NAMED}{parameters}");
        let xml = ask(&mut stage, "DescribeLaunchTemplateVersions", &body);
        let numbers: Vec<_> = all(&xml, "versionNumber")
            .into_iter()
            .map(str::to_owned)
            .collect();
        let next = all(&xml, "nextToken").first().map(|t| (*t).to_owned());
        (numbers.join(" "), next)
    };
    assert_eq!(numbers("").0, "4 3 2 1");
    let aliases = "&LaunchTemplateVersion.1=%24Default&LaunchTemplateVersion.2=%24Latest";
    assert_eq!(numbers(aliases).0, "1 4");
    assert_eq!(numbers("&MinVersion=2&MaxVersion=3").0, "3 2");
    let (first, next) = numbers("&MaxResults=3");
    assert_eq!(first, "4 3 2");
    let next = next.expect("there is more");
    assert_eq!(
        numbers(&format!("&MaxResults=3&NextToken={next}")),
        ("1".to_owned(), None)
    );
}

#[test]
fn templates_are_created_found_and_filtered() {
    let mut stage = stage();
    let create = "LaunchTemplateName=other&LaunchTemplateData.ImageId=ami-1\
                  &TagSpecification.1.ResourceType=launch-template\
                  &TagSpecification.1.Tag.1.Key=team&TagSpecification.1.Tag.1.Value=web";
    let xml = ask(&mut stage, "CreateLaunchTemplate", create);
    assert_eq!(one(&xml, "value"), "web");
    assert_eq!(
        all(
            &ask(&mut stage, "DescribeLaunchTemplates", ""),
            "launchTemplateId"
        )
        .len(),
        2
    );
    let filter = "Filter.1.Name=tag%3Ateam&Filter.1.Value.1=w*";
    let xml = ask(&mut stage, "DescribeLaunchTemplates", filter);
    assert_eq!(all(&xml, "launchTemplateName"), ["other"]);
}

#[test]
fn instances_show_what_they_run() {
    let mut stage = stage();
    let filter = "Filter.1.Name=tag%3Aaws%3Aautoscaling%3AgroupName&Filter.1.Value.1=fleet\
                  &Filter.2.Name=instance-state-name&Filter.2.Value.1=running";
    let xml = ask(&mut stage, "DescribeInstances", filter);
    assert_eq!(
        one(&xml, "instanceState"),
        "<code>16</code><name>running</name>"
    );
    assert_eq!(one(&xml, "privateIpAddress"), "127.1.0.1");
    let keys = [
        "aws:autoscaling:groupName",
        "aws:ec2launchtemplate:id",
        "aws:ec2launchtemplate:version",
    ];
    assert_eq!(all(&xml, "key"), keys);
    let id = one(&xml, "instanceId").to_owned();
    let xml = ask(
        &mut stage,
        "TerminateInstances",
        &format!("InstanceId.1={id}"),
    );
    assert_eq!(
        one(&xml, "previousState"),
        "<code>16</code><name>running</name>"
    );
    assert_eq!(
        one(&xml, "currentState"),
        "<code>32</code><name>shutting-down</name>"
    );
    stage.until_settled();
    let xml = ask(
        &mut stage,
        "DescribeInstances",
        &format!("InstanceId.1={id}"),
    );
    assert_eq!(
        one(&xml, "instanceState"),
        "<code>48</code><name>terminated</name>"
    );
}

#[test]
fn errors_are_ec2s() {
    let mut stage = stage();
    let versions = "DescribeLaunchTemplateVersions";
    let missing = format!("{NAMED}&LaunchTemplateVersion.1=9");
    assert_eq!(
        code(&mut stage, versions, &missing),
        "InvalidLaunchTemplateId.VersionNotFound"
    );
    let unknown = "LaunchTemplateName=none";
    let not_found = "InvalidLaunchTemplateName.NotFoundException";
    assert_eq!(code(&mut stage, versions, unknown), not_found);
    assert_eq!(code(&mut stage, versions, ""), "MissingParameter");
    let both = format!("{NAMED}&LaunchTemplateId=lt-0123456789abcdef0");
    assert_eq!(
        code(&mut stage, versions, &both),
        "InvalidParameterCombination"
    );
    let (code_, message) = refusal(&mut stage, Ec2, versions, &format!("{NAMED}&Colour=red"));
    assert_eq!(code_, "UnknownParameter");
    assert!(message.contains("Colour"));
    let create = format!("{NAMED}&LaunchTemplateData.NetworkInterface.1.DeviceIndex=0");
    let (code_, message) = refusal(&mut stage, Ec2, "CreateLaunchTemplateVersion", &create);
    assert_eq!(code_, "UnknownParameter");
    assert!(
        message.contains("LaunchTemplateData.NetworkInterface"),
        "{message}"
    );
    assert_eq!(
        code(&mut stage, "CreateLaunchTemplateVersion", NAMED),
        "MissingParameter"
    );
    let instances = "DescribeInstances";
    assert_eq!(
        code(&mut stage, instances, "InstanceId.1=x"),
        "InvalidInstanceID.Malformed"
    );
    let gone = "InstanceId.1=i-0123456789abcdef0";
    assert_eq!(
        code(&mut stage, instances, gone),
        "InvalidInstanceID.NotFound"
    );
    assert_eq!(
        code(&mut stage, instances, "DryRun=true"),
        "DryRunOperation"
    );
    assert_eq!(code(&mut stage, "RunInstances", ""), "InvalidAction");
}

#[test]
fn versions_are_deleted_each_by_itself_and_the_template_with_all() {
    let mut stage = stage();
    let create = format!("{NAMED}&SourceVersion=1&LaunchTemplateData.InstanceType=t3.small");
    ask(&mut stage, "CreateLaunchTemplateVersion", &create);
    let delete = format!(
        "{NAMED}&LaunchTemplateVersion.1=2&LaunchTemplateVersion.2=1&LaunchTemplateVersion.3=7"
    );
    let xml = ask(&mut stage, "DeleteLaunchTemplateVersions", &delete);
    let (gone, kept) = xml.split_once("<unsuccessfullyDeleted").expect("both sets");
    assert_eq!(one(gone, "versionNumber"), "2");
    assert!(kept.contains("<code>unexpectedError</code>"), "{kept}");
    assert!(
        kept.contains("<code>launchTemplateVersionDoesNotExist</code>"),
        "{kept}"
    );
    let xml = ask(&mut stage, "DeleteLaunchTemplate", NAMED);
    assert_eq!(one(&xml, "launchTemplateName"), "fleet");
    let again = code(&mut stage, "DeleteLaunchTemplate", NAMED);
    assert_eq!(again, "InvalidLaunchTemplateName.NotFoundException");
}

#[test]
fn filters_have_bounds_and_take_no_time() {
    let mut stage = stage();
    let name = "a".repeat(128);
    let create = format!("LaunchTemplateName={name}&LaunchTemplateData.InstanceType=t3.small");
    ask(&mut stage, "CreateLaunchTemplate", &create);
    let stars = "*a".repeat(10);
    let filter =
        |pattern: &str| format!("Filter.1.Name=launch-template-name&Filter.1.Value.1={pattern}");
    let found = |xml: String| all(&xml, "launchTemplateName").len();
    let fitting = filter(&format!("{stars}*"));
    assert_eq!(
        found(ask(&mut stage, "DescribeLaunchTemplates", &fitting)),
        1
    );
    let vain = filter(&format!("{stars}*b"));
    assert_eq!(found(ask(&mut stage, "DescribeLaunchTemplates", &vain)), 0);
    let values = |count: usize| {
        let values = (1..=count).map(|n| format!("&Filter.1.Value.{n}={n}"));
        format!("Filter.1.Name=tag-key{}", values.collect::<String>())
    };
    for action in ["DescribeLaunchTemplates", "DescribeInstances"] {
        ask(&mut stage, action, &values(200));
        let refused = code(&mut stage, action, &values(201));
        assert_eq!(refused, "FilterLimitExceeded");
    }
}

#[test]
fn what_xml_cannot_write_is_refused_and_nothing_applied() {
    let mut stage = stage();
    for data in ["KeyName=%01", "TagSpecification.1.Tag.1.Value=%0b"] {
        let create = format!("LaunchTemplateName=odd&LaunchTemplateData.{data}");
        let refused = code(&mut stage, "CreateLaunchTemplate", &create);
        assert_eq!(refused, "InvalidParameterValue");
    }
    let xml = ask(&mut stage, "DescribeLaunchTemplates", "");
    assert!(!xml.contains("odd"));
}

#[test]
fn instances_are_paged_by_five_at_least_and_never_by_name() {
    let mut stage = stage();
    for size in [1, 4] {
        let (code, message) = refusal(
            &mut stage,
            Ec2,
            "DescribeInstances",
            &format!("MaxResults={size}"),
        );
        assert_eq!(code, "InvalidParameterValue");
        let expected = format!(
            "Value ( {size} ) for parameter maxResults is invalid. Expecting a value greater than 5."
        );
        assert_eq!(message, expected);
    }
    ask(&mut stage, "DescribeInstances", "MaxResults=5");
    let both = "MaxResults=5&InstanceId.1=i-0123456789abcdef0";
    assert_eq!(
        code(&mut stage, "DescribeInstances", both),
        "InvalidParameterCombination"
    );
}

#[test]
fn a_token_has_its_length_and_a_snapshot_is_not_inherited() {
    let mut stage = stage();
    let long = format!("{NAMED}&SourceVersion=1&ClientToken={}", "a".repeat(129));
    let long = format!("{long}&LaunchTemplateData.InstanceType=t3.small");
    assert_eq!(
        code(&mut stage, "CreateLaunchTemplateVersion", &long),
        "InvalidParameterValue"
    );
    let device = "LaunchTemplateData.BlockDeviceMapping.1";
    let disk = format!(
        "{NAMED}&{device}.DeviceName=%2Fdev%2Fxvda&{device}.Ebs.SnapshotId=snap-1&{device}.Ebs.VolumeSize=9"
    );
    let xml = ask(&mut stage, "CreateLaunchTemplateVersion", &disk);
    assert_eq!(
        (one(&xml, "versionNumber"), one(&xml, "snapshotId")),
        ("2", "snap-1")
    );
    let over = format!("{NAMED}&SourceVersion=2&LaunchTemplateData.InstanceType=t3.small");
    let xml = ask(&mut stage, "CreateLaunchTemplateVersion", &over);
    assert_eq!(one(&xml, "volumeSize"), "9");
    assert!(!xml.contains("snapshotId"), "{xml}");
}
