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
]
