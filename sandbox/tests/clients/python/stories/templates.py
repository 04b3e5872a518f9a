"""Launch templates."""

from steps import At, service

ec2 = service("ec2")
NAME = "walk-template"
DATA = {
    "ImageId": "ami-0123456789abcdef0",
    "InstanceType": "t3.micro",
    "SecurityGroupIds": ["sg-0123456789abcdef0"],
    "UserData": "IyEvYmluL3NoCg==",
    "MetadataOptions": {"HttpTokens": "required", "InstanceMetadataTags": "enabled"},
    "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "baton:version", "Value": "1.0.0"}]}],
}
ID = At("template", "LaunchTemplate.LaunchTemplateId")

STORY = [
    ec2("DescribeLaunchTemplateVersions", LaunchTemplateName=NAME, Versions=["1"]).fails(
        "InvalidLaunchTemplateName.NotFoundException"
    ),
    ec2("CreateLaunchTemplate", LaunchTemplateName=NAME, VersionDescription="first", LaunchTemplateData=DATA).called("template"),
    ec2("CreateLaunchTemplate", LaunchTemplateName=NAME, LaunchTemplateData=DATA).fails(
        "InvalidLaunchTemplateName.AlreadyExistsException"
    ),
    ec2(
        "CreateLaunchTemplateVersion",
        LaunchTemplateId=ID,
        SourceVersion="1",
        VersionDescription="second",
        LaunchTemplateData={
            "InstanceType": "t3.small",
            "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "baton:version", "Value": "1.1.0"}]}],
        },
        ClientToken="walk-second",
    ),
    ec2("DescribeLaunchTemplates", LaunchTemplateNames=[NAME]),
    ec2("DescribeLaunchTemplates", LaunchTemplateIds=["lt-00000000000000000"]).fails("InvalidLaunchTemplateId.NotFound"),
    ec2("DescribeLaunchTemplateVersions", LaunchTemplateId=ID),
    ec2("DescribeLaunchTemplateVersions", LaunchTemplateName=NAME, Versions=["$Latest", "$Default"]),
    ec2("DescribeLaunchTemplateVersions", LaunchTemplateName=NAME, Versions=["2"]),
    ec2("DescribeLaunchTemplateVersions", LaunchTemplateName=NAME, MinVersion="2", MaxVersion="9"),
    ec2("ModifyLaunchTemplate", LaunchTemplateName=NAME, DefaultVersion="2"),
    ec2("DescribeLaunchTemplateVersions", LaunchTemplateName=NAME, Versions=["$Default"]),
]
