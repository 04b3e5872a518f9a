"""Where the sandbox and moto differ, by the operation and the path in its answer, each with the reason. `*` is any text."""

CALLER = "another caller, made up in both"
MERGE = "moto's version holds only what the call said; on AWS it starts from its SourceVersion"

KNOWN = {
    "sts:GetCallerIdentity Arn": CALLER,
    "sts:GetCallerIdentity UserId": CALLER,
    "ssm:GetParameterHistory *.LastModifiedUser": CALLER,
    "ssm:DescribeParameters *.LastModifiedUser": CALLER,
    "ssm:DescribeParameters *.ARN": "moto leaves it out",
    "ssm:DescribeParameters *.Policies": "moto leaves the empty list out",
    "ec2:*.CreatedBy": CALLER,
    "ec2:*.LaunchTemplateData.ImageId": MERGE,
    "ec2:*.LaunchTemplateData.MetadataOptions": MERGE,
    "ec2:*.LaunchTemplateData.SecurityGroupIds": MERGE,
    "ec2:*.LaunchTemplateData.UserData": MERGE,
    "ec2:DescribeLaunchTemplates LaunchTemplates": "moto finds nothing where AWS refuses an id that is not there",
    "ec2:DescribeLaunchTemplates error": "the same",
    "s3:ListObjectsV2 ContinuationToken": "moto does not repeat the token",
    "s3:DeleteObjects Deleted": "moto tells what it has deleted, although it was asked to be quiet",
    "s3:HeadBucket BucketRegion": "not modelled yet",
    "s3:ListBuckets Owner": "not modelled yet",
    "s3:GetObject ChecksumCRC32": "not modelled yet",
    "s3:ListObjectsV2 *.ChecksumAlgorithm": "not modelled yet",
}

# Lists that the two tell in another order, and what to sort them by. AWS tells template versions newest first, moto does not.
ORDER = {"LaunchTemplateVersions": "VersionNumber"}
