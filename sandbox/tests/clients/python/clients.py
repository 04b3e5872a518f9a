"""The two clients that make a step's call: boto3, and the AWS CLI's own driver within this process.

Each answers `(answer, error)`, the one a dictionary in the shapes of botocore, the other a code; one of them is None.
"""

import base64
import contextlib
import io
import json
import os
import re
import tempfile

import boto3
from awscli.clidriver import create_clidriver
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError, UnknownServiceError


def shown_body(content):
    try:
        return content.decode()
    except UnicodeDecodeError:
        return base64.b64encode(content).decode()


class Boto3:
    name = "boto3"

    def __init__(self, **config):
        self.config = Config(retries={"total_max_attempts": 1}, **config)
        self.session = boto3.session.Session()
        self.clients = {}

    def client(self, service):
        if service not in self.clients:
            self.clients[service] = self.session.client(service, config=self.config)
        return self.clients[service]

    def call(self, service, operation, params):
        call = getattr(self.client(service), xform_name(operation))
        try:
            answer = call(**params)
        except ClientError as error:
            return None, error.response["Error"]["Code"]
        answer.pop("ResponseMetadata")
        if hasattr(answer.get("Body"), "read"):
            answer["Body"] = shown_body(answer["Body"].read())
        return answer, None


class Cli:
    """`aws` without the start of a process for each call. What it prints is read back."""

    name = "the AWS CLI"
    SERVICES = {"s3": "s3api"}

    def __init__(self):
        os.environ["AWS_MAX_ATTEMPTS"] = "1"
        self.driver = create_clidriver()
        self.folder = tempfile.TemporaryDirectory()

    def call(self, service, operation, params):
        words = [self.SERVICES.get(service, service), xform_name(operation, "-"), "--output", "json"]
        words += ["--no-paginate"] if self.pages(service, operation) else []
        params, outfile = dict(params), None
        if operation == "GetObject":
            # The one command that takes no JSON, because what it reads goes to a file.
            outfile = self.file("outfile", b"")
            words += [word for name, value in params.items() for word in (f"--{xform_name(name, '-')}", str(value))]
            words += [outfile]
        else:
            words += ["--body", self.file("body", params.pop("Body"))] if "Body" in params else []
            words += ["--cli-input-json", json.dumps(params)]
        code, out, err = self.run(words)
        if code != 0:
            refused = re.search(r"An error occurred \((\S+)\) when calling", err)
            if not refused:
                raise RuntimeError(f"aws {' '.join(words)}: exit code {code}\n{out}\n{err}")
            return None, refused[1]
        answer = json.loads(out) if out.strip() else {}
        if outfile:
            with open(outfile, "rb") as content:
                answer["Body"] = shown_body(content.read())
        return answer, None

    def pages(self, service, operation):
        """Whether the CLI would fetch page after page, which only some commands can be told not to."""
        try:
            return bool(self.driver.session.get_paginator_model(service).get_paginator(operation))
        except (ValueError, UnknownServiceError):
            return False

    def file(self, name, content):
        path = os.path.join(self.folder.name, name)
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return path

    def run(self, words):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                code = self.driver.main(words)
            except SystemExit as exit:
                code = exit.code
        return code, out.getvalue(), err.getvalue()
