"""Which operations the sandbox answers to, found out by asking for each that botocore knows.

An operation counts as supported unless it is refused as one that is not modelled, so nothing can be added to the sandbox
without being seen here. Requests hold next to nothing: most are refused for what they lack.
"""

from botocore.exceptions import ClientError

from clients import Boto3

SERVICES = ["autoscaling", "cloudwatch", "ec2", "elbv2", "s3", "ssm", "sts"]

NOT_MODELLED = {"InvalidAction", "UnknownOperationException", "NotImplemented", "UnknownService", "MissingAuthenticationToken", "501", "405"}

# Not asked. The first three look like other operations, but go to another host on AWS.
UNASKED = {
    "s3:ListDirectoryBuckets": "ListBuckets at the host of directory buckets",
    "s3:CreateSession": "a session with a directory bucket",
    "s3:WriteGetObjectResponse": "goes to the host of an Object Lambda",
    "ec2:CopySnapshot": "botocore cannot make a request of it without its parameters",
}


def supported():
    boto3 = Boto3(parameter_validation=False, inject_host_prefix=False)
    for service in SERVICES:
        client = boto3.client(service)
        model = client.meta.service_model
        for operation in model.operation_names:
            name = f"{service}:{operation}"
            if name not in UNASKED and answers(client, model.operation_model(operation)):
                yield name


def answers(client, operation):
    # Elsewhere an empty request reaches the operation; S3 has the operation in the URI, which has to be filled in.
    params = least(operation.input_shape) if client.meta.service_model.service_name == "s3" else {}
    try:
        client._make_api_call(operation.name, params)
    except ClientError as error:
        status = str(error.response["ResponseMetadata"]["HTTPStatusCode"])
        return not {error.response["Error"]["Code"], status} & NOT_MODELLED
    return True


def least(shape):
    """The smallest value that has what the shape requires."""
    if shape is None:
        return {}
    if shape.type_name == "structure":
        return {name: "never-made" if name == "Bucket" else least(shape.members[name]) for name in shape.required_members}
    if shape.type_name == "list":
        return [least(shape.member)]
    plain = {"integer": 1, "long": 1, "boolean": False, "map": {}, "timestamp": 0, "blob": b"", "float": 1.0, "double": 1.0}
    if shape.name == "CopySource":
        return "never-made/key"
    return plain.get(shape.type_name, shape.enum[0] if getattr(shape, "enum", None) else "x")
