"""Where the sandbox and moto differ, by the operation and the path in its answer, each with the reason. `*` is any text."""

CALLER = "another caller, made up in both"
OWNER = "another owner, made up in both; S3 tells no display names any more"
MERGE = "moto's version holds only what the call said; on AWS it starts from its SourceVersion"
KIND = "moto does not tell of what a checksum is one"
PARTS = "moto keeps no checksums of parts"
COMPOSITE = "moto leaves the number of parts out of a composite checksum"
DEFAULT = "moto does not compute S3's own checksum when the client chooses none"
ATTRIBUTES = "moto knows fewer attributes"

KNOWN = {
    "sts:GetCallerIdentity Arn": CALLER,
    "sts:GetCallerIdentity UserId": CALLER,
    "ssm:GetParameterHistory *.LastModifiedUser": CALLER,
    "ssm:DescribeParameters *.LastModifiedUser": CALLER,
    "ssm:GetParameter Parameter.Selector": "moto does not repeat the version or label that was asked for",
    "ssm:DescribeParameters *.ARN": "moto leaves it out",
    "ssm:DescribeParameters *.Policies": "moto leaves the empty list out",
    "ec2:*.CreatedBy": CALLER,
    "ec2:*.LaunchTemplateData.ImageId": MERGE,
    "ec2:*.LaunchTemplateData.MetadataOptions": MERGE,
    "ec2:*.LaunchTemplateData.SecurityGroupIds": MERGE,
    "ec2:*.LaunchTemplateData.UserData": MERGE,
    "ec2:DescribeLaunchTemplates LaunchTemplates": "moto finds nothing where AWS refuses an id that is not there",
    "ec2:DescribeLaunchTemplates error": "the same",
    "elbv2:*.VpcId": "the sandbox has no networks, and tells none",
    "elbv2:CreateTargetGroup *.LoadBalancerArns": "moto leaves the empty list out",
    "elbv2:DescribeTargetGroupAttributes Attributes.load_balancing.algorithm.anomaly_mitigation": ATTRIBUTES,
    "elbv2:DescribeTargetGroupAttributes Attributes.stickiness.lb_cookie.duration_seconds": ATTRIBUTES,
    "elbv2:DescribeTargetGroupAttributes Attributes.target_group_health.*": ATTRIBUTES,
    "elbv2:DescribeTargetGroupAttributes Attributes.waf.fail_open.enabled": "of a load balancer, not of a target group",
    "elbv2:ModifyTargetGroupAttributes Attributes.*": "moto tells what has changed, AWS tells all",
    "s3:HeadBucket AccessPointAlias": "moto does not say that a bucket is no access point",
    "s3:ListBuckets Buckets*.BucketRegion": "moto does not tell it",
    "s3:* *Owner.DisplayName": OWNER,
    "s3:* *Owner.ID": OWNER,
    "s3:* *Initiator.DisplayName": OWNER,
    "s3:* *Initiator.ID": OWNER,
    "s3:* *ChecksumType": KIND,
    "s3:UploadPartCopy CopyPartResult.Checksum*": PARTS,
    "s3:ListParts *Checksum*": PARTS,
    "s3:GetObjectAttributes ObjectParts": "moto does not tell parts",
    "s3:CompleteMultipartUpload Checksum*": "moto does not tell it",
    "s3:CompleteMultipartUpload Location": "each names its own host",
    "s3:CompleteMultipartUpload VersionId": "moto tells one although the bucket has no versions",
    "s3:HeadObject ChecksumSHA256": COMPOSITE,
    "s3:GetObjectAttributes Checksum.ChecksumSHA256": COMPOSITE,
    "s3:HeadObject ChecksumCRC64NVME": DEFAULT,
    "s3:GetObjectAttributes Checksum.ChecksumCRC64NVME": DEFAULT,
    "s3:ListObjects *.ChecksumAlgorithm": "moto tells it in the second version of the operation only",
    "s3:ListObjects Marker": "moto leaves out what is empty, S3 does not",
    "s3:ListObjects Prefix": "the same",
    "s3:ListObjectsV2 ContinuationToken": "moto does not repeat the token",
    "s3:DeleteObjects Deleted": "moto tells what it has deleted, although it was asked to be quiet",
}

# Lists that the two tell in another order, and what their items go by. AWS tells template versions newest first, moto does
# not; attributes and tags have no order.
ORDER = {"LaunchTemplateVersions": "VersionNumber", "Attributes": "Key", "Tags": "Key"}
