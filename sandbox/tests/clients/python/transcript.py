"""Plays a story with a client and writes down what came back, without what differs from run to run: times and ids."""

import re
import time

import botocore.session
import jmespath

from steps import At

# How long a step may repeat itself. The sandbox's steps take seconds; a machine under load takes more.
PATIENCE = 90
PAUSE = 0.1

# Whoever makes these up makes up others the next time.
IDS = re.compile(
    r"(?P<aws>\b(?:lt|i|r|ami|sg|vpc|subnet)-[0-9a-f]{8,17}\b)"
    r"|(?P<uuid>\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b)"
    r"|(?P<account>\b(?:000000000000|123456789012)\b)"
    r"|(?P<part>(?<=/)[0-9a-f]{16}\b)"
    r"|(?P<time>\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+0000))"
)
OPAQUE = {"UploadId", "NextToken", "NextMarker", "NextContinuationToken", "ContinuationToken"}


class Transcript:
    """The steps of one client, and which operations it has got a good answer from.

    With `strict` every step has to end as its story says.
    """

    def __init__(self, client, strict=True):
        self.client = client
        self.strict = strict
        self.answers = {"network": {"VpcId": "vpc-0123456789abcdef0"}}
        self.ids = {}
        self.lines = []
        self.walked = set()
        self.models = botocore.session.Session()

    def play(self, story):
        for step in story:
            try:
                self.line(step)
            except Exception as problem:
                raise RuntimeError(f"{self.client.name}, {step} {step.params}: {problem}") from problem

    def line(self, step):
        params = self.resolved(step.params)
        answer, error = self.tried(step, params)
        if self.strict and error != (step.error or None):
            raise RuntimeError(f"answered {error or answer}, expected {step.error or 'success'}")
        if error is None:
            self.walked.add(str(step))
            self.answers[step.name] = answer
        self.lines.append((step, {"error": error} if error else self.normalised(step, answer)))

    def tried(self, step, params):
        deadline = time.monotonic() + PATIENCE
        while True:
            answer, error = self.client.call(step.service, step.operation, params)
            if not step.until or (answer and jmespath.search(step.until, answer)):
                return answer, error
            if time.monotonic() > deadline:
                raise RuntimeError(f"never came to {step.until}; the last answer: {error or answer}")
            time.sleep(PAUSE)

    def resolved(self, value):
        if isinstance(value, At):
            found = jmespath.search(value.path, self.answers.get(value.step))
            if found is None and self.strict:
                raise RuntimeError(f"{value} is not there")
            return found
        if isinstance(value, dict):
            inside = {key: self.resolved(inner) for key, inner in value.items()}
            return {key: inner for key, inner in inside.items() if inner is not None}
        if isinstance(value, list):
            return [self.resolved(inner) for inner in value]
        return value

    def normalised(self, step, answer):
        model = self.models.get_service_model(step.service).operation_model(step.operation)
        return self.plain(answer, model.output_shape, "")

    def plain(self, value, shape, name):
        kind = shape.type_name if shape is not None else None
        if kind == "timestamp":
            return "<time>"
        if kind == "structure" and isinstance(value, dict):
            return {key: self.plain(inner, shape.members.get(key), key) for key, inner in sorted(value.items())}
        if kind == "list":
            return [self.plain(inner, shape.member, name) for inner in value]
        if isinstance(value, str):
            return f"<{name}>" if name in OPAQUE else IDS.sub(self.known, value)
        return value

    def known(self, match):
        for unnumbered in ["account", "time"]:
            if match[unnumbered]:
                return f"<{unnumbered}>"
        kind = match["aws"].split("-")[0] if match["aws"] else "id"
        alike = self.ids.setdefault(kind, {})
        return alike.setdefault(match[0], f"<{kind} {len(alike) + 1}>")
