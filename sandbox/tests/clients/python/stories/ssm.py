"""Parameter Store."""

from steps import service

ssm = service("ssm")
NAME = "/walk/example/version"

STORY = [
    ssm("GetParameter", Name=NAME).fails("ParameterNotFound"),
    ssm("PutParameter", Name=NAME, Value="1.0.0", Type="String", Description="what is served"),
    ssm("PutParameter", Name=NAME, Value="1.1.0", Type="String").fails("ParameterAlreadyExists"),
    ssm("PutParameter", Name=NAME, Value="1.1.0", Overwrite=True),
    ssm("GetParameter", Name=NAME),
    ssm("GetParameter", Name=f"{NAME}:1", WithDecryption=False),
    ssm("GetParameter", Name=f"{NAME}:7").fails("ParameterVersionNotFound"),
    ssm("GetParameters", Names=[NAME, "/walk/nothing"]),
    ssm("GetParameterHistory", Name=NAME),
    ssm("GetParameterHistory", Name="/walk/nothing").fails("ParameterNotFound"),
    ssm("LabelParameterVersion", Name=NAME, Labels=["good"]),
    ssm("LabelParameterVersion", Name=NAME, ParameterVersion=1, Labels=["good", "old"]),
    ssm("GetParameter", Name=f"{NAME}:good"),
    ssm("UnlabelParameterVersion", Name=NAME, ParameterVersion=1, Labels=["old"]),
    ssm("GetParametersByPath", Path="/walk", Recursive=True),
    ssm("GetParametersByPath", Path="/walk"),
    ssm("DescribeParameters", ParameterFilters=[{"Key": "Name", "Option": "BeginsWith", "Values": ["/walk"]}]),
    ssm("DeleteParameter", Name=NAME),
    ssm("DeleteParameter", Name=NAME).fails("ParameterNotFound"),
    ssm("DeleteParameters", Names=[NAME, "/walk/nothing"]),
]
