"""A story is a list of steps; a step is one call and what is expected of it. Nothing here knows who makes the calls."""

from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class At:
    """A value out of an earlier step's answer: its name and a JMESPath into it."""

    step: str
    path: str


@dataclass(frozen=True)
class Step:
    """One call. It must succeed, or fail with `error`; with `until` it is repeated until that JMESPath finds something."""

    service: str
    operation: str
    params: dict = field(default_factory=dict)
    name: str = ""
    error: str = ""
    until: str = ""
    alone: str = ""

    def called(self, name):
        """Other steps may say `At(name, ...)`."""
        return replace(self, name=name)

    def fails(self, code):
        return replace(self, error=code)

    def waits_for(self, path):
        return replace(self, until=path)

    def not_in_moto(self, reason):
        """moto is not asked, because its answer is known to be another one altogether."""
        return replace(self, alone=reason)

    def __str__(self):
        return f"{self.service}:{self.operation}"


def service(name):
    """Makes steps of one service: `ssm("GetParameter", Name="/a")`."""
    return lambda operation, **params: Step(name, operation, params)
