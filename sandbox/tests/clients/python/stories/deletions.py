"""What is deleted; moto does not delete template versions."""

from steps import service

from .templates import NAME

ec2 = service("ec2")

STORY = [
    ec2("DeleteLaunchTemplateVersions", LaunchTemplateName=NAME, Versions=["1", "2", "9"]),
    ec2("DeleteLaunchTemplate", LaunchTemplateName=NAME),
    ec2("DeleteLaunchTemplate", LaunchTemplateName=NAME).fails("InvalidLaunchTemplateName.NotFoundException"),
]
